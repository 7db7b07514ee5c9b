//! What the audit trail has of sessions: who began, went on after a theft, ended, or was refused; from where; and never a secret.

use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::execute;
use crate::core::{Id, Origin};

/// One line of the trail.
pub(super) struct Entry<'a> {
    pub(super) action: &'a str,
    /// Who acted; none where somebody only said who they are.
    pub(super) actor: Option<Uuid>,
    pub(super) organization: Uuid,
    /// The user or the session it is about.
    pub(super) resource: Uuid,
    /// More to say than where the request came from.
    pub(super) details: Value,
}

/// Writes it, in the transaction of what it tells of.
pub(super) async fn tell(
    transaction: &DatabaseTransaction,
    origin: &Origin,
    entry: Entry<'_>,
) -> Result<(), DbErr> {
    let Entry {
        action,
        actor,
        organization,
        resource,
        details,
    } = entry;
    let mut metadata = Map::from_iter([("address".to_owned(), json!(origin.address))]);
    if let Value::Object(details) = details {
        metadata.extend(details);
    }
    let kind = action.split('.').next().unwrap_or_default();
    execute(
        transaction,
        "INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            Id::new().0.into(),
            organization.into(),
            actor.into(),
            action.into(),
            kind.into(),
            resource.into(),
            Value::Object(metadata).into(),
            origin.request.as_str().into(),
        ],
    )
    .await
    .map(drop)
}
