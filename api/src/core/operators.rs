//! What a filter can say of a column of each kind: the operators of ids, flags, times, numbers, texts and JSON.

use async_graphql::{InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr, Value};

use super::error::{Error, Result};
use super::{BigInt, Id, Json};

/// A list in a filter longer than this is a mistake, or an attack.
const LONGEST_LIST: usize = 1000;

/// What a filter says of one column: an input type of the graph.
pub trait Operators {
    /// What must be true of the column.
    fn condition(&self, column: &Expr) -> Result<Condition>;
}

/// What an operator was given. A null says nothing: taken as left out, a variable that was forgotten would find every row.
fn given<'a, T>(operator: &str, value: &'a MaybeUndefined<T>) -> Result<Option<&'a T>> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Err(Error::BadRequest(format!(
            "{operator}: null compares with nothing; ask isNull, or leave it out"
        ))),
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
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
            pub eq: async_graphql::MaybeUndefined<$type>,
            /// Anything else that is not null.
            pub ne: async_graphql::MaybeUndefined<$type>,
            /// One of these; at most 1,000.
            #[graphql(name = "in")]
            pub is_in: async_graphql::MaybeUndefined<Vec<$type>>,
            /// None of these; at most 1,000.
            pub not_in: async_graphql::MaybeUndefined<Vec<$type>>,
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
    (eq, ne): (&MaybeUndefined<T>, &MaybeUndefined<T>),
    (is_in, not_in): (&MaybeUndefined<Vec<T>>, &MaybeUndefined<Vec<T>>),
    null: Option<bool>,
) -> Result<Condition> {
    let value = |value: &T| -> Value { value.clone().into() };
    let mut condition = Condition::all()
        .add_option(given("eq", eq)?.map(|wanted| column.clone().eq(value(wanted))))
        // Without a value is not the same as another value: what is null is left out, as in SQL.
        .add_option(given("ne", ne)?.map(|other| column.clone().ne(value(other))))
        .add_option(null.map(|wanted| is_null(column, wanted)));
    if let Some(values) = given("in", is_in)? {
        condition = condition.add(
            column
                .clone()
                .is_in(within_bounds(values)?.iter().map(value)),
        );
    }
    if let Some(values) = given("notIn", not_in)? {
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

impl IdFilter {
    /// Just this one.
    pub fn only(id: Id) -> Self {
        Self {
            eq: MaybeUndefined::Value(id),
            ..Self::default()
        }
    }
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
            pub eq: MaybeUndefined<$type>,
            /// Anything else that is not null.
            pub ne: MaybeUndefined<$type>,
            /// One of these; at most 1,000.
            #[graphql(name = "in")]
            pub is_in: MaybeUndefined<Vec<$type>>,
            /// None of these; at most 1,000.
            pub not_in: MaybeUndefined<Vec<$type>>,
            /// Less, earlier.
            pub lt: MaybeUndefined<$type>,
            /// Less or equal, not later.
            pub lte: MaybeUndefined<$type>,
            /// Greater, later.
            pub gt: MaybeUndefined<$type>,
            /// Greater or equal, not earlier.
            pub gte: MaybeUndefined<$type>,
            /// From one value to another, both included.
            pub between: MaybeUndefined<$range>,
            /// Whether there is no value.
            pub is_null: Option<bool>,
        }

        impl Operators for $name {
            fn condition(&self, column: &Expr) -> Result<Condition> {
                Ok(equality(column, (&self.eq, &self.ne), (&self.is_in, &self.not_in), self.is_null)?
                    .add_option(given("lt", &self.lt)?.map(|value| column.clone().lt(Value::from(*value))))
                    .add_option(given("lte", &self.lte)?.map(|value| column.clone().lte(Value::from(*value))))
                    .add_option(given("gt", &self.gt)?.map(|value| column.clone().gt(Value::from(*value))))
                    .add_option(given("gte", &self.gte)?.map(|value| column.clone().gte(Value::from(*value))))
                    .add_option(given("between", &self.between)?.map(|range| {
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
    pub eq: MaybeUndefined<String>,
    /// Anything else that is not null.
    pub ne: MaybeUndefined<String>,
    /// One of these; at most 1,000.
    #[graphql(name = "in")]
    pub is_in: MaybeUndefined<Vec<String>>,
    /// None of these; at most 1,000.
    pub not_in: MaybeUndefined<Vec<String>>,
    /// Begins with this, upper and lower case told apart.
    pub starts_with: MaybeUndefined<String>,
    /// Has this in it, upper and lower case alike.
    pub contains: MaybeUndefined<String>,
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
        if let Some(prefix) = given("startsWith", &self.starts_with)? {
            condition = condition.add(begins_with(column, prefix));
        }
        if let Some(part) = given("contains", &self.contains)? {
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
    pub eq: MaybeUndefined<Json>,
    /// There, and anything else.
    pub ne: MaybeUndefined<Json>,
    /// One of these; at most 1,000.
    #[graphql(name = "in")]
    pub is_in: MaybeUndefined<Vec<Json>>,
    /// Less; only values of the same kind (number, text) are compared.
    pub lt: MaybeUndefined<Json>,
    /// Less or equal; only values of the same kind are compared.
    pub lte: MaybeUndefined<Json>,
    /// Greater; only values of the same kind are compared.
    pub gt: MaybeUndefined<Json>,
    /// Greater or equal; only values of the same kind are compared.
    pub gte: MaybeUndefined<Json>,
    /// A text that begins with this.
    pub starts_with: MaybeUndefined<String>,
    /// A text that has this in it, upper and lower case alike.
    pub contains: MaybeUndefined<String>,
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
            .add_option(given("eq", &self.eq)?.map(|value| at("#>").eq(json(value))))
            .add_option(given("ne", &self.ne)?.map(|value| at("#>").ne(json(value))))
            .add_option(given("lt", &self.lt)?.map(|value| compared("<", value)))
            .add_option(given("lte", &self.lte)?.map(|value| compared("<=", value)))
            .add_option(given("gt", &self.gt)?.map(|value| compared(">", value)))
            .add_option(given("gte", &self.gte)?.map(|value| compared(">=", value)))
            .add_option(given("startsWith", &self.starts_with)?.map(|prefix| {
                SimpleExpr::from(
                    Func::cust("starts_with").args([text.clone(), Expr::val(prefix.as_str())]),
                )
            }))
            .add_option(
                given("contains", &self.contains)?.map(|part| has_within(text.clone(), part)),
            );
        if let Some(values) = given("in", &self.is_in)? {
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
