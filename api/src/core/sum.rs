//! Sums over what hangs under each parent: one statement for all parents of a level, as their counts.

use std::collections::HashMap;
use std::marker::PhantomData;

use sea_orm::sea_query::Expr;
use sea_orm::{Condition, EntityTrait, IdenStatic};

use super::error::{Error, Result};
use super::loaders::Batch;
use super::relation::{PARENT_ID, of_each};
use super::{BigInt, Node, ParentKey, Relation, Session};

const SUM: &str = "sum";

/// The sum of a column over the children of each parent.
struct Sums<R: Relation> {
    column: <<R::Child as Node>::Entity as EntityTrait>::Column,
    relation: PhantomData<fn() -> R>,
}

impl Session {
    /// The sum of a number over those children of a parent that the caller may see.
    pub async fn sum<R: Relation>(
        &self,
        column: <<R::Child as Node>::Entity as EntityTrait>::Column,
        parent: R::Key,
    ) -> Result<BigInt> {
        self.require(R::Child::NEEDS)?;
        let sums = Sums::<R> {
            column,
            relation: PhantomData,
        };
        Ok(BigInt(self.load(&sums, parent).await?.unwrap_or_default()))
    }
}

impl<R: Relation> Batch for Sums<R> {
    type Key = R::Key;
    type Value = i64;

    fn group(&self) -> &str {
        self.column.as_str()
    }

    async fn load(&self, session: &Session, keys: Vec<R::Key>) -> Result<HashMap<R::Key, i64>> {
        let row = session.answer::<<R::Child as Node>::Entity>();
        let sum = Expr::cust_with_exprs("coalesce(sum($1), 0)::bigint", [row.column(self.column)]);
        let statement = of_each::<R>(&row, Condition::all(), (sum, SUM), R::Key::array(keys));
        session
            .rows(&statement)
            .await?
            .iter()
            .map(|row| {
                Ok((
                    row.try_get("", PARENT_ID).map_err(Error::from)?,
                    row.try_get("", SUM).map_err(Error::from)?,
                ))
            })
            .collect()
    }
}
