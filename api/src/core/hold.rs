//! Rows that a mutation relies on until the end of its transaction: held for it alone, or shared with others who rely on them.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ExprTrait, LockType};

use super::error::Error;
use super::node::select;
use super::row::Lies;
use super::user_error::Refusal;
use super::{Id, Node, Tx};

impl Tx<'_> {
    /// Keeps others from changing a row until the end of the transaction, and answers with it as it is. `since` as for `update`.
    pub async fn hold<N: Node>(
        &mut self,
        id: Id,
        since: Option<DateTime<Utc>>,
    ) -> Result<N, Refusal> {
        self.lock(id, since, LockType::Update).await
    }

    /// The same, but not from relying on it too.
    pub async fn share<N: Node>(&mut self, id: Id) -> Result<N, Refusal> {
        self.lock(id, None, LockType::Share).await
    }

    async fn lock<N: Node>(
        &mut self,
        id: Id,
        since: Option<DateTime<Utc>>,
        how: LockType,
    ) -> Result<N, Refusal> {
        let mut statement = select::<N>();
        let row = self.session.answer::<N::Entity>();
        statement
            .cond_where(row.visible::<N::Entity>())
            .and_where(row.named("id").eq(id.0))
            .and_where_option(since.map(|since| row.named("updated_at").eq(since)))
            .lock(how);
        let locked = self.session.rows(&statement).await?;
        match locked.first() {
            Some(row) => Ok(N::from_query_result(row, "").map_err(Error::from)?),
            None => Err(self.why_not::<N>(id, since, Lies::Free).await?.into()),
        }
    }
}
