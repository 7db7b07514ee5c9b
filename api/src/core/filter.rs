//! Which rows: the operators that a filter has for a column of each kind, and what a filter of a table is made of.

use async_graphql::{InputObject, InputType};
use chrono::{DateTime, Utc};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr, Value};

use super::error::{Error, Result};
use super::{BigInt, Id, Json, Node, Relation, Row};

/// A list in a filter longer than this is a mistake, or an attack.
const LONGEST_LIST: usize = 1000;

/// Which rows of a table: an input type of the graph.
pub trait Filter: InputType + Clone + Send + Sync + 'static {
    /// What is filtered.
    type Node: Node<Filter = Self>;

    /// What must be true of the row.
    fn condition(&self, row: &Row) -> Result<Condition>;
}

/// What a filter says of one column: an input type of the graph.
pub trait Operators {
    /// What must be true of the column.
    fn condition(&self, column: &Expr) -> Result<Condition>;
}

fn within_bounds<T>(values: &[T]) -> Result<&[T]> {
    if values.len() > LONGEST_LIST {
        return Err(Error::BadRequest(format!(
            "a list in a filter holds at most {LONGEST_LIST} values, this one has {}",
            values.len()
        )));
    }
    Ok(values)
}

fn is_null(column: &Expr, wanted: bool) -> SimpleExpr {
    if wanted {
        column.clone().is_null()
    } else {
        column.clone().is_not_null()
    }
}

/// Columns that are equal or not: ids, closed vocabularies, flags.
#[macro_export]
macro_rules! equality_filter {
    ($(#[$about:meta])* $name:ident of $type:ty) => {
        $(#[$about])*
        #[derive(async_graphql::InputObject, Clone, Debug, Default)]
        pub struct $name {
            /// Exactly this.
            pub eq: Option<$type>,
            /// Anything else that is not null.
            pub ne: Option<$type>,
            /// One of these; at most 1,000.
            #[graphql(name = "in")]
            pub is_in: Option<Vec<$type>>,
            /// None of these; at most 1,000.
            pub not_in: Option<Vec<$type>>,
            /// Whether there is no value.
            pub is_null: Option<bool>,
        }

        impl $crate::core::Operators for $name {
            fn condition(&self, column: &sea_orm::sea_query::Expr) -> $crate::core::Result<sea_orm::Condition> {
                $crate::core::equality(column, (&self.eq, &self.ne), (&self.is_in, &self.not_in), self.is_null)
            }
        }
    };
}

/// What the operators that every kind of column has mean.
#[doc(hidden)]
pub fn equality<T: Clone + Into<Value>>(
    column: &Expr,
    (eq, ne): (&Option<T>, &Option<T>),
    (is_in, not_in): (&Option<Vec<T>>, &Option<Vec<T>>),
    null: Option<bool>,
) -> Result<Condition> {
    let value = |value: &T| -> Value { value.clone().into() };
    let mut condition = Condition::all()
        .add_option(eq.as_ref().map(|wanted| column.clone().eq(value(wanted))))
        // Without a value is not the same as another value: what is null is left out, as in SQL.
        .add_option(ne.as_ref().map(|other| column.clone().ne(value(other))))
        .add_option(null.map(|wanted| is_null(column, wanted)));
    if let Some(values) = is_in {
        condition = condition.add(
            column
                .clone()
                .is_in(within_bounds(values)?.iter().map(value)),
        );
    }
    if let Some(values) = not_in {
        condition = condition.add(
            column
                .clone()
                .is_not_in(within_bounds(values)?.iter().map(value)),
        );
    }
    Ok(condition)
}

equality_filter! {
    /// Which ids.
    IdFilter of Id
}

equality_filter! {
    /// Yes or no.
    BooleanFilter of bool
}

/// Columns that have an order: times and numbers.
macro_rules! ordered_filter {
    ($(#[$about:meta])* $name:ident, $range:ident of $type:ty) => {
        /// From one value to another, both included.
        #[derive(InputObject, Clone, Debug)]
        pub struct $range {
            /// The least value.
            pub from: $type,
            /// The greatest value.
            pub to: $type,
        }

        $(#[$about])*
        #[derive(InputObject, Clone, Debug, Default)]
        pub struct $name {
            /// Exactly this.
            pub eq: Option<$type>,
            /// Anything else that is not null.
            pub ne: Option<$type>,
            /// One of these; at most 1,000.
            #[graphql(name = "in")]
            pub is_in: Option<Vec<$type>>,
            /// None of these; at most 1,000.
            pub not_in: Option<Vec<$type>>,
            /// Less, earlier.
            pub lt: Option<$type>,
            /// Less or equal, not later.
            pub lte: Option<$type>,
            /// Greater, later.
            pub gt: Option<$type>,
            /// Greater or equal, not earlier.
            pub gte: Option<$type>,
            /// From one value to another, both included.
            pub between: Option<$range>,
            /// Whether there is no value.
            pub is_null: Option<bool>,
        }

        impl Operators for $name {
            fn condition(&self, column: &Expr) -> Result<Condition> {
                Ok(equality(column, (&self.eq, &self.ne), (&self.is_in, &self.not_in), self.is_null)?
                    .add_option(self.lt.map(|value| column.clone().lt(Value::from(value))))
                    .add_option(self.lte.map(|value| column.clone().lte(Value::from(value))))
                    .add_option(self.gt.map(|value| column.clone().gt(Value::from(value))))
                    .add_option(self.gte.map(|value| column.clone().gte(Value::from(value))))
                    .add_option(self.between.as_ref().map(|range| {
                        column.clone().between(Value::from(range.from), Value::from(range.to))
                    })))
            }
        }
    };
}

ordered_filter! {
    /// Which moments.
    DateTimeFilter, DateTimeRange of DateTime<Utc>
}

ordered_filter! {
    /// Which whole numbers.
    IntFilter, IntRange of i32
}

ordered_filter! {
    /// Which large whole numbers.
    BigIntFilter, BigIntRange of BigInt
}

ordered_filter! {
    /// Which numbers.
    FloatFilter, FloatRange of f64
}

/// Which texts.
#[derive(InputObject, Clone, Debug, Default)]
pub struct StringFilter {
    /// Exactly this, upper and lower case told apart.
    pub eq: Option<String>,
    /// Anything else that is not null.
    pub ne: Option<String>,
    /// One of these; at most 1,000.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<String>>,
    /// None of these; at most 1,000.
    pub not_in: Option<Vec<String>>,
    /// Begins with this, upper and lower case told apart.
    pub starts_with: Option<String>,
    /// Has this in it, upper and lower case alike.
    pub contains: Option<String>,
    /// Whether there is no value.
    pub is_null: Option<bool>,
}

impl Operators for StringFilter {
    fn condition(&self, column: &Expr) -> Result<Condition> {
        let mut condition = equality(
            column,
            (&self.eq, &self.ne),
            (&self.is_in, &self.not_in),
            self.is_null,
        )?;
        if let Some(prefix) = &self.starts_with {
            condition = condition.add(begins_with(column, prefix));
        }
        if let Some(part) = &self.contains {
            condition = condition.add(has_within(column.clone(), part));
        }
        Ok(condition)
    }
}

/// As a range too, because LIKE is not leakproof and would never use an index under row-level security.
fn begins_with(column: &Expr, prefix: &str) -> Condition {
    let condition = Condition::all()
        .add(SimpleExpr::from(
            Func::cust("starts_with").args([column.clone(), Expr::val(prefix)]),
        ))
        .add(column.clone().gte(prefix));
    match next_after(prefix) {
        Some(end) => condition.add(column.clone().lt(end)),
        None => condition,
    }
}

/// The first text after all that begin with the prefix.
fn next_after(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            _ => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

fn has_within(text: Expr, part: &str) -> SimpleExpr {
    SimpleExpr::from(Func::cust("strpos").args([
        Expr::from(Func::lower(text)),
        Expr::from(Func::lower(Expr::val(part))),
    ]))
    .gt(0)
}

/// Which values within a JSON column: the path leads to one, the operators speak of it.
#[derive(InputObject, Clone, Debug)]
pub struct JsonFilter {
    /// Keys, and positions in arrays, that lead to the value: `["GPS", "Latitude"]`. At most 16.
    #[graphql(validator(min_items = 1, max_items = 16))]
    pub path: Vec<String>,
    /// Exactly this.
    pub eq: Option<Json>,
    /// There, and anything else.
    pub ne: Option<Json>,
    /// One of these; at most 1,000.
    #[graphql(name = "in")]
    pub is_in: Option<Vec<Json>>,
    /// Less; only values of the same kind (number, text) are compared.
    pub lt: Option<Json>,
    /// Less or equal; only values of the same kind are compared.
    pub lte: Option<Json>,
    /// Greater; only values of the same kind are compared.
    pub gt: Option<Json>,
    /// Greater or equal; only values of the same kind are compared.
    pub gte: Option<Json>,
    /// A text that begins with this.
    pub starts_with: Option<String>,
    /// A text that has this in it, upper and lower case alike.
    pub contains: Option<String>,
    /// Whether nothing is there, or a null.
    pub is_null: Option<bool>,
}

impl Operators for JsonFilter {
    fn condition(&self, column: &Expr) -> Result<Condition> {
        let path = Value::from(self.path.clone());
        let at = |operator: &'static str| {
            Expr::cust_with_exprs(
                format!("($1 {operator} $2)"),
                [column.clone(), Expr::val(path.clone())],
            )
        };
        let json = |value: &Json| Value::Json(Some(Box::new(value.0.clone())));
        let compared = |operator: &str, value: &Json| {
            Expr::cust_with_exprs(
                format!("(jsonb_typeof($1) = jsonb_typeof($2) AND $1 {operator} $2)"),
                [at("#>"), Expr::val(json(value))],
            )
        };
        let text = Expr::cust_with_exprs(
            "CASE WHEN jsonb_typeof($1) = 'string' THEN $2 END",
            [at("#>"), at("#>>")],
        );
        let mut condition = Condition::all()
            .add_option(self.eq.as_ref().map(|value| at("#>").eq(json(value))))
            .add_option(self.ne.as_ref().map(|value| at("#>").ne(json(value))))
            .add_option(self.lt.as_ref().map(|value| compared("<", value)))
            .add_option(self.lte.as_ref().map(|value| compared("<=", value)))
            .add_option(self.gt.as_ref().map(|value| compared(">", value)))
            .add_option(self.gte.as_ref().map(|value| compared(">=", value)))
            .add_option(self.starts_with.as_ref().map(|prefix| {
                SimpleExpr::from(
                    Func::cust("starts_with").args([text.clone(), Expr::val(prefix.as_str())]),
                )
            }))
            .add_option(
                self.contains
                    .as_ref()
                    .map(|part| has_within(text.clone(), part)),
            );
        if let Some(values) = &self.is_in {
            condition = condition.add(at("#>").is_in(within_bounds(values)?.iter().map(json)));
        }
        if let Some(wanted) = self.is_null {
            let nothing =
                Expr::cust_with_exprs("coalesce(jsonb_typeof($1) = 'null', true)", [at("#>")]);
            condition = condition.add(if wanted { nothing } else { nothing.not() });
        }
        Ok(condition)
    }
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
