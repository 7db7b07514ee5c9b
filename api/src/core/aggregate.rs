//! Counts and figures over the rows that a filter leaves: in groups, in buckets of time, by the same rules as the list beside them.

use async_graphql::{Enum, InputObject, Lookahead, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, JoinType, NullOrdering, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryResult, TryGetable};

use super::error::{Error, Result};
use super::{Filter, Node, Row, Session};

/// As many groups as come where nobody says how many.
const USUAL_GROUPS: i32 = 100;
/// More do not come at once.
const MOST_GROUPS: i32 = 1000;

/// How long a bucket of time is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
}

impl TimeUnit {
    const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// How time is cut into buckets.
#[derive(InputObject, Clone, Debug)]
pub struct TimeBucket {
    /// How long a bucket is.
    pub unit: TimeUnit,
    /// Where days, weeks and months begin: a name of the time zone database, as Europe/Berlin.
    #[graphql(default = "UTC")]
    pub time_zone: String,
}

/// Figures of a number over a group; null where no row of the group has it.
#[derive(SimpleObject, Clone, Debug)]
pub struct NumberStats {
    /// All of them together.
    pub sum: Option<f64>,
    /// The mean.
    pub avg: Option<f64>,
    /// The least.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// Half of them are not above this.
    pub p50: Option<f64>,
    /// Nineteen of twenty are not above this.
    pub p95: Option<f64>,
}

/// What rows are grouped by: an enum of the graph.
pub trait GroupBy: Copy + PartialEq + Send + Sync + 'static {
    /// Whose rows.
    type Of: Node;

    /// The name that the value goes by in a group.
    fn name(self) -> &'static str;
    /// The value of a row, and what must be joined to get it: rows that the join doubles count once for each value.
    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>);
}

/// A number to make figures of.
pub trait Number: Send + Sync {
    /// The figures by name, each as what is aggregated of a group.
    fn figures(&self, row: &Row) -> Vec<(&'static str, Expr)>;
}

impl<C: ColumnTrait> Number for C {
    fn figures(&self, row: &Row) -> Vec<(&'static str, Expr)> {
        figures_of(&row.column(*self))
    }
}

/// A number that no column holds.
#[derive(Clone, Copy, Debug)]
pub enum Computed {
    /// What is said of each row.
    Of(fn(&Row) -> Expr),
    /// One sum over another: what a group did together in the time it took together. It is the one figure of its field.
    Ratio(fn(&Row) -> (Expr, Expr)),
}

impl Number for Computed {
    fn figures(&self, row: &Row) -> Vec<(&'static str, Expr)> {
        match self {
            Self::Of(value) => figures_of(&value(row)),
            Self::Ratio(values) => {
                let (over, under) = values(row);
                let ratio = "sum($1)::float8 / nullif(sum($2)::float8, 0)";
                vec![(RATIO, Expr::cust_with_exprs(ratio, [over, under]))]
            }
        }
    }
}

/// What is asked of the rows.
pub struct Aggregation<
    G: GroupBy,
    N: Number = <<<G as GroupBy>::Of as Node>::Entity as EntityTrait>::Column,
> {
    /// Which rows.
    pub filter: Option<<G::Of as Node>::Filter>,
    /// By what they are grouped.
    pub group_by: Vec<G>,
    /// By the time in which column, and in buckets how long.
    pub bucket: Option<(<<G::Of as Node>::Entity as EntityTrait>::Column, TimeBucket)>,
    /// The numbers to make figures of.
    pub numbers: Vec<(&'static str, N)>,
    /// How many groups at most.
    pub first: Option<i32>,
}

/// A group of rows, and its figures.
#[derive(Debug)]
pub struct Group(QueryResult);

const COUNT: &str = "count";
const BUCKET: &str = "bucket";
const RATIO: &str = "ratio";
/// The joined table of a group, and its only column.
pub const JOINED: &str = "joined";

impl Session {
    /// The groups with their figures: the earliest bucket first, then the largest group. Figures that nobody selected are not
    /// computed.
    pub async fn aggregate<G: GroupBy, N: Number>(
        &self,
        asked: Aggregation<G, N>,
        selected: Lookahead<'_>,
    ) -> Result<Vec<Group>> {
        let Aggregation {
            filter,
            group_by,
            bucket,
            numbers,
            first,
        } = asked;
        self.require(G::Of::NEEDS)?;
        let first = first.unwrap_or(USUAL_GROUPS);
        let limit = u64::try_from(first)
            .ok()
            .filter(|_| (1..=MOST_GROUPS).contains(&first))
            .ok_or_else(|| {
                Error::BadRequest(format!("first is 1 to {MOST_GROUPS} groups, not {first}"))
            })?;
        let row = self.answer::<<G::Of as Node>::Entity>();
        let wanted = match &filter {
            Some(filter) => filter.condition(&row)?,
            None => Condition::all(),
        };
        let mut statement = Query::select();
        statement
            .expr_as(Expr::cust("count(*)"), Alias::new(COUNT))
            .from(<G::Of as Node>::Entity::default())
            .cond_where(row.visible::<<G::Of as Node>::Entity>())
            .cond_where(wanted);
        if let Some((column, bucket)) = &bucket {
            let start = Expr::cust_with_exprs(
                "date_trunc($1, $2, $3)",
                [
                    Expr::val(bucket.unit.name()),
                    row.column(*column),
                    Expr::val(bucket.time_zone.as_str()),
                ],
            );
            statement
                .expr_as(start, Alias::new(BUCKET))
                .add_group_by([Expr::col(Alias::new(BUCKET))])
                .order_by(Alias::new(BUCKET), Order::Asc);
        }
        statement.order_by(Alias::new(COUNT), Order::Desc);
        for (index, group) in group_by.iter().enumerate() {
            if group_by.iter().take(index).any(|other| other == group) {
                continue;
            }
            let (value, join) = group.value(&row);
            if let Some(join) = join {
                statement.join_lateral(
                    JoinType::InnerJoin,
                    join,
                    Alias::new(JOINED),
                    Condition::all().add(Expr::val(true)),
                );
            }
            statement
                .expr_as(value, Alias::new(group.name()))
                .add_group_by([Expr::col(Alias::new(group.name()))])
                .order_by_with_nulls(Alias::new(group.name()), Order::Asc, NullOrdering::Last);
        }
        for (field, number) in numbers {
            let selected = selected.field(field);
            for (figure, value) in number.figures(&row) {
                if selected.exists() && (figure == RATIO || selected.field(figure).exists()) {
                    statement.expr_as(value, Alias::new(format!("{field}_{figure}")));
                }
            }
        }
        statement.limit(limit);
        let answer = self.rows(&statement).await;
        if let (Err(Error::BadValue), Some(_)) = (&answer, &bucket) {
            return Err(Error::BadRequest(
                "timeZone is not a name of the time zone database, as Europe/Berlin".to_owned(),
            ));
        }
        Ok(answer?.into_iter().map(Group).collect())
    }
}

fn figures_of(number: &Expr) -> Vec<(&'static str, Expr)> {
    [
        ("sum", "sum($1)::float8"),
        ("avg", "avg($1)::float8"),
        ("min", "min($1)::float8"),
        ("max", "max($1)::float8"),
        ("p50", "percentile_cont(0.5) WITHIN GROUP (ORDER BY $1)"),
        ("p95", "percentile_cont(0.95) WITHIN GROUP (ORDER BY $1)"),
    ]
    .map(|(figure, sql)| (figure, Expr::cust_with_exprs(sql, [number.clone()])))
    .into()
}

impl Group {
    /// How many rows.
    pub fn count(&self) -> Result<i64> {
        Ok(self.0.try_get("", COUNT)?)
    }

    /// When the group's bucket begins; null where time was not cut into buckets.
    pub fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.try_get("", BUCKET).ok()
    }

    /// The value that all rows of the group have; null where they were not grouped by it.
    pub fn value<T: TryGetable>(&self, group: impl GroupBy) -> Option<T> {
        self.0.try_get("", group.name()).ok()
    }

    /// The one figure of a ratio; null where there is nothing to divide by.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.0.try_get("", &format!("{field}_{RATIO}")).ok()
    }

    /// The figures of a number.
    pub fn numbers(&self, field: &str) -> NumberStats {
        let figure = |figure: &str| self.0.try_get("", &format!("{field}_{figure}")).ok();
        NumberStats {
            sum: figure("sum"),
            avg: figure("avg"),
            min: figure("min"),
            max: figure("max"),
            p50: figure("p50"),
            p95: figure("p95"),
        }
    }
}
