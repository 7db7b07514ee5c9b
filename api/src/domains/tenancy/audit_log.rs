//! Who did what, when: the audit trail, to be read by admins.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::tenancy::audit_log;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Organization, User, UserFilter};
use crate::core::{DateTimeFilter, Id, IdFilter, Json, StringFilter};
use crate::{filter, node, order, relations, roots};

/// Something that was done, written in the transaction of the change it tells of; or that was refused.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "audit_log::Entity")]
pub struct AuditLog {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of the user who did it, also when they are gone; null for the system itself.
    pub actor_id: Option<Id>,
    /// What was done, as `photo.update`.
    pub action: String,
    /// Kind of thing it was done to, as `photo`.
    pub resource_type: String,
    /// Identity of the thing it was done to; null where it has none.
    pub resource_id: Option<Id>,
    /// Before and after of what changed, never a secret.
    pub metadata: Json,
    /// The request that did it, as in the client's answer and in the log.
    pub request_id: Option<String>,
    /// The moment of the change.
    pub created_at: DateTime<Utc>,
}

node!(AuditLog: audit_log, AuditLogFilter, AuditLogOrder, needs AuditRead);

filter! {
    /// Which entries of the audit trail.
    AuditLogFilter for AuditLog of audit_log {
        /// By identity.
        id: IdFilter => Id,
        /// By who did it.
        actor_id: IdFilter => ActorId,
        /// By what was done.
        action: StringFilter => Action,
        /// By the kind of thing it was done to.
        resource_type: StringFilter => ResourceType,
        /// By the thing it was done to; say of which kind it is too, that is quicker.
        resource_id: IdFilter => ResourceId,
        /// By when.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By who did it, if they are still there.
        actor: UserFilter => ActorId,
    }
}

order! {
    /// By what the audit trail is put in order.
    AuditLogOrder, AuditLogOrderField for AuditLog of audit_log, usually CreatedAt Desc {
        /// By when it was done.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    AuditLog one {
        /// The organization it was done in. Needs organization:read.
        organization: Organization by organization_id,
    } maybe {
        /// Who did it; null where they are gone, and for the system itself. Needs organization:read.
        actor: User by actor_id,
    }
}

roots! {
    /// Reads of the audit trail.
    AuditLogQueries: AuditLog {
        many
        /// What was done in the caller's organization, the newest first. Needs audit:read.
        audit_logs,
    }
}
