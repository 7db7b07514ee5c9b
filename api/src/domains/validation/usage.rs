//! What an organization used in a month: what its bill is made of.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::FromQueryResult;

use crate::core::{BigInt, Error, Permission, Result, Session};

/// More than ten years are not asked for at once.
const LONGEST_SPAN: TimeDelta = TimeDelta::days(3660);

/// What the whole organization used in a calendar month.
#[derive(Clone, Debug, FromQueryResult, SimpleObject)]
pub struct MonthlyUsage {
    /// The month as clocks of the time zone show it: 2026-02.
    month: String,
    /// The first moment of the month.
    starts_at: DateTime<Utc>,
    /// The first moment of the next month.
    ends_at: DateTime<Utc>,
    /// Assessments that were started in the month.
    assessments: BigInt,
    /// How many of those are completed by now.
    completed_assessments: BigInt,
    /// How many of those have failed by now.
    failed_assessments: BigInt,
    /// What the models of those assessments cost by now, in cents.
    ai_cost_cents: BigInt,
    /// Bytes that were stored in the month and still are. What lies in the bin is stored still.
    stored_bytes_added: BigInt,
    /// Bytes that were stored at the end of the month and still are.
    stored_bytes: BigInt,
}

/// What an organization used.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsageQueries;

/// What an organization used.
#[Object]
impl UsageQueries {
    /// What the whole organization used, for its bill: whatever the caller's own projects, all are counted. Each calendar month that
    /// has a moment of the span comes, the earliest first, and counts as a whole. Needs usage:read.
    async fn usage(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where the span begins.")] from: DateTime<Utc>,
        #[graphql(
            desc = "Where the span ends, at most ten years later: a month that begins here is none of it."
        )]
        to: DateTime<Utc>,
        #[graphql(
            desc = "Where months begin: a name of the time zone database, as Europe/Berlin.",
            default = "UTC"
        )]
        time_zone: String,
    ) -> Result<Vec<MonthlyUsage>> {
        let session = Session::of(context)?;
        session.require(Permission::UsageRead)?;
        if to <= from {
            return Err(Error::BadRequest("to is not later than from".to_owned()));
        }
        if to - from > LONGEST_SPAN {
            return Err(Error::BadRequest(
                "from and to are at most ten years apart".to_owned(),
            ));
        }
        let arguments = vec![from.into(), to.into(), time_zone.into()];
        match session.call("organization_usage", arguments).await {
            Err(Error::BadValue) => Err(Error::BadRequest(
                "timeZone is not a name of the time zone database, as Europe/Berlin".to_owned(),
            )),
            answer => answer,
        }
    }
}
