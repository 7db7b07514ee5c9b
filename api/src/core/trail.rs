//! Entries of the audit trail: of what a transaction changed, and of mutations that were refused.

use sea_orm::sea_query::Values;
use serde_json::{Value as Json, json};

use super::error::Error;
use super::{Id, Permission, Session};

const COLUMNS: &str =
    "id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id";

/// What was done to what: `photo` and `update`.
pub(super) fn entry(
    session: &Session,
    (kind, verb): (&str, &str),
    id: Option<Id>,
    metadata: &Json,
) -> Json {
    json!({
        "id": Id::new(),
        "organization_id": session.actor().organization,
        "actor_id": session.actor().user,
        "action": format!("{kind}.{verb}"),
        "resource_type": kind,
        "resource_id": id,
        "metadata": metadata,
        "request_id": session.request().id,
    })
}

/// Writes entries. Without RETURNING: who is no admin may add to the trail and not read it.
pub(super) fn statement(entries: Vec<Json>) -> (String, Values) {
    let statement = format!(
        "INSERT INTO audit_logs ({COLUMNS}) SELECT {COLUMNS} FROM jsonb_populate_recordset(NULL::audit_logs, $1)"
    );
    (statement, Values(vec![Json::Array(entries).into()]))
}

impl Session {
    /// Has the trail tell that a mutation was refused for want of a permission, in a transaction of its own. Of the same again and
    /// again the database keeps one entry a minute. That it cannot be told changes nothing of the refusal.
    pub(super) async fn tell_refused(&self, field: &str, missing: Permission) {
        let metadata = json!({ "field": field, "missing": missing.name() });
        let entry = entry(self, ("permission", "refuse"), None, &metadata);
        if let Err(error) = self.write_alone(statement(vec![entry])).await {
            tracing::warn!(?error, field, "the audit trail does not have a refusal");
        }
    }

    async fn write_alone(&self, statement: (String, Values)) -> Result<(), Error> {
        let written = self.lease().begin_writing().await;
        let written = match written {
            Ok(()) => self.lease().commit(vec![statement]).await.map(drop),
            failed => failed,
        };
        if written.is_err() {
            self.roll_back().await?;
        }
        Ok(written?)
    }
}
