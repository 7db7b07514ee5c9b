//! Which rows: what a filter of a table is made of, and how it looks at rows of other tables.

use async_graphql::{InputObject, InputType};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::error::{Error, Result};
use super::{Node, Relation, Row};

/// Which rows of a table: an input type of the graph.
pub trait Filter: InputType + Clone + Send + Sync + 'static {
    /// What is filtered.
    type Node: Node<Filter = Self>;

    /// What must be true of the row.
    fn condition(&self, row: &Row) -> Result<Condition>;
}

/// Which rows by what hangs under them.
#[derive(InputObject, Clone, Debug)]
#[graphql(name_type)]
pub struct ListFilter<F: Filter> {
    /// At least one is like this.
    pub some: Option<F>,
    /// Not one is like this.
    pub none: Option<F>,
    /// All are like this; so it is where there are none.
    pub every: Option<F>,
}

impl<F: Filter> async_graphql::TypeName for ListFilter<F> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        let name = F::type_name();
        format!("{}ListFilter", name.trim_end_matches("Filter")).into()
    }
}

impl<F: Filter> ListFilter<F> {
    /// What must be true of the children that the relation leads to from the column of the row.
    pub fn condition<R>(&self, row: &Row, parent: &Expr) -> Result<Condition>
    where
        R: Relation,
        R::Child: Node<Filter = F>,
    {
        let related = nested::<R::Child>(row)?;
        let exists = |wanted: Condition| {
            related.exists::<<R::Child as Node>::Entity>(
                R::joins(&related, parent.clone()).add(wanted),
            )
        };
        let mut condition = Condition::all();
        if let Some(filter) = &self.some {
            condition = condition.add(exists(filter.condition(&related)?));
        }
        if let Some(filter) = &self.none {
            condition = condition.add(exists(filter.condition(&related)?).not());
        }
        if let Some(filter) = &self.every {
            // A child for which it is not known is one that is not like this.
            let like_this = Expr::from(filter.condition(&related)?);
            let not = Expr::cust_with_exprs("($1) IS NOT TRUE", [like_this]);
            condition = condition.add(exists(Condition::all().add(not)).not());
        }
        Ok(condition)
    }
}

/// What must be true of the one row that a column refers to.
pub fn belongs_to<F: Filter>(filter: &F, row: &Row, reference: Expr) -> Result<Condition> {
    type Of<F> = <<F as Filter>::Node as Node>::Entity;
    let related = nested::<F::Node>(row)?;
    let id = related.column(super::node::id_column::<Of<F>>()?);
    let wanted = Condition::all()
        .add(id.eq(reference))
        .add(filter.condition(&related)?);
    Ok(Condition::all().add(related.exists::<Of<F>>(wanted)))
}

/// Deeper than this no index helps, and nobody means it.
const DEEPEST: u8 = 4;

fn nested<N: Node>(row: &Row) -> Result<Row> {
    row.require(N::NEEDS)?;
    if row.depth() >= DEEPEST {
        return Err(Error::BadRequest(format!(
            "a filter follows at most {DEEPEST} relations"
        )));
    }
    Ok(row.related())
}

/// Makes the filter of a table: what it says of columns (`field: Operators => Column`), of the `one` row that a column refers to
/// (`field: Filter => Column`) and of the `many` that hang under it (`field: Filter => Relation, KeyColumn`).
/// `and`, `or` and `not` come by themselves.
#[macro_export]
macro_rules! filter {
    (
        $(#[$about:meta])*
        $name:ident for $node:ident of $entity:ident {
            $($(#[$field_about:meta])* $field:ident: $operators:ty => $column:ident,)*
        }
        $(one { $($(#[$one_about:meta])* $one:ident: $one_filter:ty => $one_column:ident,)* })?
        $(many { $($(#[$list_about:meta])* $list:ident: $list_filter:ty => $relation:ty, $key:ident,)* })?
    ) => {
        $(#[$about])*
        #[derive(async_graphql::InputObject, Clone, Debug, Default)]
        pub struct $name {
            $($(#[$field_about])* pub $field: Option<$operators>,)*
            $($($(#[$one_about])* pub $one: Option<Box<$one_filter>>,)*)?
            $($($(#[$list_about])* pub $list: Option<Box<$crate::core::ListFilter<$list_filter>>>,)*)?
            /// All of these hold.
            pub and: Option<Vec<$name>>,
            /// At least one of these holds; an empty list holds for nothing.
            pub or: Option<Vec<$name>>,
            /// This does not hold.
            pub not: Option<Box<$name>>,
        }

        impl $crate::core::Filter for $name {
            type Node = $node;

            fn condition(&self, row: &$crate::core::Row) -> $crate::core::Result<sea_orm::Condition> {
                // Named one by one: a field that is added and forgotten here does not compile.
                let Self { $($field,)* $($($one,)*)? $($($list,)*)? and, or, not } = self;
                let mut condition = sea_orm::Condition::all();
                $(if let Some(operators) = $field {
                    let column = row.column($entity::Column::$column);
                    condition = condition.add($crate::core::Operators::condition(operators, &column)?);
                })*
                $($(if let Some(filter) = $one {
                    let reference = row.column($entity::Column::$one_column);
                    condition = condition.add($crate::core::belongs_to(&**filter, row, reference)?);
                })*)?
                $($(if let Some(filter) = $list {
                    let parent = row.column($entity::Column::$key);
                    condition = condition.add(filter.condition::<$relation>(row, &parent)?);
                })*)?
                $crate::core::combined(condition, row, and, or, not)
            }
        }
    };
}

/// What `and`, `or` and `not` of a filter add to it.
#[doc(hidden)]
pub fn combined<F: Filter>(
    mut condition: Condition,
    row: &Row,
    and: &Option<Vec<F>>,
    or: &Option<Vec<F>>,
    not: &Option<Box<F>>,
) -> Result<Condition> {
    for filter in and.iter().flatten() {
        condition = condition.add(filter.condition(row)?);
    }
    if let Some(filters) = or {
        let mut any = Condition::any();
        for filter in filters {
            any = any.add(filter.condition(row)?);
        }
        condition = condition.add(if filters.is_empty() {
            Condition::all().add(Expr::val(false))
        } else {
            any
        });
    }
    if let Some(filter) = not {
        // What is not known to hold does not hold: every row is found by a filter or by its negation.
        let holds = Expr::from(filter.condition(row)?);
        condition = condition.add(Expr::cust_with_exprs("($1) IS NOT TRUE", [holds]));
    }
    Ok(condition)
}
