//! Columns that are written and never read back, as a password's hash: no entity has them, so nothing else can select them or
//! put them into the audit trail.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::PostgresQueryBuilder;
use serde_json::json;

use super::error::Error;
use super::node::select;
use super::row::Lies;
use super::tx::{qualified_columns, table, tenant};
use super::user_error::Refusal;
use super::{Id, Node, Tx};

impl Tx<'_> {
    /// Writes a secret of a row. The trail has that it was changed, as `verb`, and not to what. `since` as for `update`.
    pub async fn set_secret<N: Node>(
        &mut self,
        verb: &str,
        id: Id,
        (column, secret): (&str, Option<String>),
        since: Option<DateTime<Utc>>,
    ) -> Result<N, Refusal> {
        let table = table::<N>();
        let statement = format!(
            "WITH \"{table}\" AS (UPDATE \"{table}\" SET \"{column}\" = $1 \
               WHERE \"{tenant}\" = $2 AND id = $3 AND {free} AND ($4 IS NULL OR updated_at = $4) RETURNING {returned}) {shown}",
            tenant = tenant::<N>(),
            free = Lies::Free.sql::<N::Entity>(&table, "$2"),
            returned = qualified_columns::<N>(&table),
            shown = select::<N>().to_string(PostgresQueryBuilder),
        );
        let values = vec![
            secret.into(),
            self.organization().into(),
            id.0.into(),
            since.into(),
        ];
        let rows = self.write(&table, statement, values).await?;
        let Some(row) = rows.first() else {
            return Err(self.why_not::<N>(id, since, Lies::Free).await?.into());
        };
        let node = N::from_query_result(row, "").map_err(Error::from)?;
        self.tell::<N>(verb, id, &json!({}));
        Ok(node)
    }
}
