//! Sums of a number over the rows that a key groups, as the messages of a conversation: one statement for all keys of a level.

use std::collections::HashMap;

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query};
use sea_orm::{Condition, EntityTrait, IdenStatic};

use super::aggregate::{GroupBy, JOINED};
use super::error::{Error, Result};
use super::loaders::Batch;
use super::{BigInt, Id, Node, Session};

const KEY: &str = "key";
const SUM: &str = "sum";

type Column<G> = <<<G as GroupBy>::Of as Node>::Entity as EntityTrait>::Column;

/// The sum of a column over each group.
struct Sums<G: GroupBy> {
    by: G,
    column: Column<G>,
    name: String,
}

impl Session {
    /// The sum of a number over those rows of a group that the caller may see; the key is what they are grouped by.
    pub async fn sum<G: GroupBy>(&self, by: G, key: Id, column: Column<G>) -> Result<BigInt> {
        self.require(G::Of::NEEDS)?;
        let name = format!("{} {}", by.name(), column.as_str());
        let sums = Sums { by, column, name };
        Ok(BigInt(self.load(&sums, key).await?.unwrap_or_default()))
    }
}

impl<G: GroupBy> Batch for Sums<G> {
    type Key = Id;
    type Value = i64;

    fn group(&self) -> &str {
        &self.name
    }

    async fn load(&self, session: &Session, keys: Vec<Id>) -> Result<HashMap<Id, i64>> {
        let row = session.answer::<<G::Of as Node>::Entity>();
        let (key, join) = self.by.value(&row);
        let keys: Vec<_> = keys.iter().map(|key| key.0).collect();
        let sum = Expr::cust_with_exprs("coalesce(sum($1), 0)::bigint", [row.column(self.column)]);
        let mut statement = Query::select();
        statement
            .expr_as(key.clone(), Alias::new(KEY))
            .expr_as(sum, Alias::new(SUM))
            .from(<G::Of as Node>::Entity::default())
            .cond_where(row.visible::<<G::Of as Node>::Entity>())
            .and_where(key.clone().eq(PgFunc::any(keys)))
            .add_group_by([key]);
        if let Some(join) = join {
            let all = Condition::all().add(Expr::val(true));
            statement.join_lateral(JoinType::InnerJoin, join, Alias::new(JOINED), all);
        }
        session
            .rows(&statement)
            .await?
            .iter()
            .map(|row| {
                let key = row.try_get("", KEY).map_err(Error::from)?;
                let sum = row.try_get("", SUM).map_err(Error::from)?;
                Ok((key, sum))
            })
            .collect()
    }
}
