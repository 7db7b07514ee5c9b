//! The distinct values of a text column, in order, as a list of their own: labels are no table, but the values of one. Read by
//! jumping from value to value along an index, so that a page costs what it shows and not what the table holds.

use std::borrow::Cow;

use async_graphql::{Context, MaybeUndefined, Object, OutputType, TypeName};
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Order, Query, SelectStatement, UnionType,
    WithClause,
};
use sea_orm::{Condition, EntityTrait};

use super::connection::PageInfo;
use super::cursor::Cursor;
use super::error::Result;
use super::page::{fingerprint, sized};
use super::{Node, Operators, Row, Session, StringFilter};

/// An object of the graph that stands for one value of a text column.
pub trait ColumnValue: OutputType + Clone + Send + Sync + 'static {
    /// The object whose table has the column.
    type Of: Node;

    /// The column.
    fn column() -> <<Self::Of as Node>::Entity as EntityTrait>::Column;
    /// The object for a value.
    fn named(name: String) -> Self;
    /// The value of the object.
    fn name(&self) -> &str;
}

/// One page of the values.
pub struct ValueConnection<V: ColumnValue> {
    values: Vec<V>,
    name: u64,
    info: PageInfo,
    filter: Option<StringFilter>,
}

/// The arguments of a list of values, as a client writes them.
pub struct ValueArguments {
    /// So many from the start.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// So many from the end.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Which.
    pub filter: Option<StringFilter>,
}

impl Session {
    /// One value, if any row that the caller may see has it.
    pub async fn value<V: ColumnValue>(&self, name: String) -> Result<Option<V>> {
        let filter = StringFilter {
            eq: MaybeUndefined::Value(name),
            ..StringFilter::default()
        };
        let found = self.jump::<V>(Some(&filter), &[], false, Some(1)).await?;
        Ok(found.into_iter().next().map(V::named))
    }

    /// A page of the values in the rows that the caller may see.
    pub async fn values<V: ColumnValue>(
        &self,
        arguments: ValueArguments,
    ) -> Result<ValueConnection<V>> {
        let ValueArguments {
            first,
            after,
            last,
            before,
            filter,
        } = arguments;
        let (size, backward) = sized(first, last, self.request().largest_page)?;
        let signature = format!(
            "{} {:?}",
            V::type_name(),
            filter.as_ref().map(async_graphql::InputType::to_value)
        );
        let name = fingerprint(&signature);
        let cursor = |argument: &str, text: &Option<String>| {
            text.as_deref()
                .map(|text| Cursor::decode(text, name, 1, argument))
                .transpose()
        };
        let mut bounds = Vec::new();
        for (cursor, before) in [
            (cursor("after", &after)?, false),
            (cursor("before", &before)?, true),
        ] {
            if let Some(cursor) = cursor {
                bounds.push((cursor.text()?, before));
            }
        }
        let mut values: Vec<V> = self
            .jump::<V>(filter.as_ref(), &bounds, backward, Some(size + 1))
            .await?
            .into_iter()
            .map(V::named)
            .collect();
        let more = values.len() as u64 > size;
        values.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        if backward {
            values.reverse();
        }
        let place =
            |value: Option<&V>| value.map(|value| Cursor::of_text(value.name()).encode(name));
        let info = if backward {
            PageInfo::new(
                before.is_some(),
                more,
                place(values.first()),
                place(values.last()),
            )
        } else {
            PageInfo::new(
                more,
                after.is_some(),
                place(values.first()),
                place(values.last()),
            )
        };
        Ok(ValueConnection {
            values,
            name,
            info,
            filter,
        })
    }

    /// `WITH RECURSIVE`: the first value within the bounds, then the first after it, and so on.
    async fn jump<V: ColumnValue>(
        &self,
        filter: Option<&StringFilter>,
        bounds: &[(String, bool)],
        backward: bool,
        limit: Option<u64>,
    ) -> Result<Vec<String>> {
        self.require(V::Of::NEEDS)?;
        if limit == Some(0) {
            return Ok(Vec::new());
        }
        let found = |column: &str| Expr::col((Alias::new("found"), Alias::new(column)));
        let row = self.answer::<<V::Of as Node>::Entity>();
        let column = row.column(V::column());
        let mut wanted = Condition::all();
        if let Some(filter) = filter {
            wanted = wanted.add(filter.condition(&column)?);
        }
        for (value, before) in bounds {
            wanted = wanted.add(if *before {
                column.clone().lt(value.as_str())
            } else {
                column.clone().gt(value.as_str())
            });
        }
        let next = |further: Condition| {
            let mut select = first::<V>(&row, wanted.clone().add(further), backward);
            select.limit(1);
            select
        };
        let further = if backward {
            column.clone().lt(found("value"))
        } else {
            column.clone().gt(found("value"))
        };
        let mut steps = Query::select()
            .expr_as(
                Expr::SubQuery(None, Box::new(next(Condition::all()).into())),
                "value",
            )
            .expr_as(Expr::val(1), "place")
            .to_owned();
        let mut step = Query::select()
            .expr(Expr::SubQuery(
                None,
                Box::new(next(Condition::all().add(further)).into()),
            ))
            .expr(found("place").add(1))
            .from("found")
            .and_where(found("value").is_not_null())
            .to_owned();
        if let Some(limit) = limit {
            step.and_where(found("place").lt(limit));
        }
        steps.union(UnionType::All, step);
        let table = CommonTableExpression::new()
            .query(steps)
            .columns(["value", "place"])
            .table_name("found")
            .to_owned();
        let statement = Query::select()
            .expr_as(found("value"), "value")
            .from("found")
            .and_where(found("value").is_not_null())
            .order_by_expr(found("place"), Order::Asc)
            .to_owned()
            .with(WithClause::new().recursive(true).cte(table).to_owned());
        self.rows(&statement)
            .await?
            .iter()
            .map(|row| Ok(row.try_get("", "value")?))
            .collect()
    }
}

fn first<V: ColumnValue>(row: &Row, wanted: Condition, backward: bool) -> SelectStatement {
    let mut select = row.rows::<<V::Of as Node>::Entity>(wanted);
    let order = if backward { Order::Desc } else { Order::Asc };
    select
        .expr(row.column(V::column()))
        .order_by_expr(row.column(V::column()), order);
    select
}

/// One page of the values.
#[Object(name_type)]
impl<V: ColumnValue> ValueConnection<V> {
    /// The page's values, each with its cursor.
    async fn edges(&self) -> Vec<ValueEdge<V>> {
        self.values
            .iter()
            .map(|value| ValueEdge {
                value: value.clone(),
                name: self.name,
            })
            .collect()
    }

    /// The page's values, where nobody needs cursors.
    async fn nodes(&self) -> &[V] {
        &self.values
    }

    /// Whether there is more, and from where to ask for it.
    async fn page_info(&self) -> &PageInfo {
        &self.info
    }

    /// How many there are on all pages together; counted only when asked for.
    async fn total_count(&self, context: &Context<'_>) -> Result<usize> {
        let session = Session::of(context)?;
        let all = session
            .jump::<V>(self.filter.as_ref(), &[], false, None)
            .await?;
        Ok(all.len())
    }
}

impl<V: ColumnValue> TypeName for ValueConnection<V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", V::type_name()).into()
    }
}

/// A value on a page, and its place in the list.
pub struct ValueEdge<V: ColumnValue> {
    value: V,
    name: u64,
}

/// A value on a page, and its place in the list.
#[Object(name_type)]
impl<V: ColumnValue> ValueEdge<V> {
    /// The value's place in this list, for `after` and `before`; good for the same filter only.
    async fn cursor(&self) -> String {
        Cursor::of_text(self.value.name()).encode(self.name)
    }

    /// The value.
    async fn node(&self) -> &V {
        &self.value
    }
}

impl<V: ColumnValue> TypeName for ValueEdge<V> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", V::type_name()).into()
    }
}
