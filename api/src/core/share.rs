//! Rows that a mutation relies on and does not change.

use sea_orm::sea_query::ExprTrait;

use super::error::Error;
use super::node::select;
use super::row::Lies;
use super::user_error::Refusal;
use super::{Id, Node, Tx};

impl Tx<'_> {
    /// Keeps others from changing a row until the end of the transaction, but not from relying on it too, and answers with it as
    /// it is.
    pub async fn share<N: Node>(&mut self, id: Id) -> Result<N, Refusal> {
        let mut statement = select::<N>();
        let row = self.session.answer::<N::Entity>();
        statement
            .cond_where(row.visible::<N::Entity>())
            .and_where(row.named("id").eq(id.0))
            .lock_shared();
        let shared = self.session.rows(&statement).await?;
        match shared.first() {
            Some(row) => Ok(N::from_query_result(row, "").map_err(Error::from)?),
            None => Err(self.why_not::<N>(id, None, Lies::Free).await?.into()),
        }
    }
}
