//! What an organization may have, and what it has.

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::tenancy::organization_quota;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use crate::core::{BigInt, DateTimeFilter, Id, IdFilter};
use crate::{filter, node, order};

/// The quotas of an organization. Where one is used up, nothing more comes in: `QUOTA_EXCEEDED`. The operator sets them.
#[derive(Clone, Debug, Deserialize, DerivePartialModel)]
#[sea_orm(entity = "organization_quota::Entity")]
pub struct OrganizationQuotas {
    id: Id,
    active_users: i32,
    max_users: i32,
    projects: i32,
    max_projects: i32,
    stored_bytes: BigInt,
    max_stored_bytes: BigInt,
    created_at: DateTime<Utc>,
}

node!(OrganizationQuotas: organization_quota, OrganizationQuotasFilter, OrganizationQuotasOrder, needs OrganizationRead);

filter! {
    /// Which quotas.
    OrganizationQuotasFilter for OrganizationQuotas of organization_quota {
        /// By whose they are.
        id: IdFilter => Id,
        /// By the moment of registration.
        created_at: DateTimeFilter => CreatedAt,
    }
}

order! {
    /// By what quotas are put in order.
    OrganizationQuotasOrder, OrganizationQuotasOrderField for OrganizationQuotas of organization_quota, usually CreatedAt Desc {
        /// By the moment of registration.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

/// How much there may be of something, and how much there is.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Quota {
    /// What is there now. More than the limit, where the operator lowered it.
    used: BigInt,
    /// What may be there.
    limit: BigInt,
}

impl Quota {
    fn of(used: impl Into<i64>, limit: impl Into<i64>) -> Self {
        Self {
            used: BigInt(used.into()),
            limit: BigInt(limit.into()),
        }
    }
}

/// The quotas of an organization. Where one is used up, nothing more comes in: `QUOTA_EXCEEDED`. The operator sets them.
#[Object]
impl OrganizationQuotas {
    /// Active users.
    async fn users(&self) -> Quota {
        Quota::of(self.active_users, self.max_users)
    }

    /// Projects that are not in the bin, whatever their status.
    async fn projects(&self) -> Quota {
        Quota::of(self.projects, self.max_projects)
    }

    /// Bytes of stored objects. What lies in the bin is stored still.
    async fn storage(&self) -> Quota {
        Quota::of(self.stored_bytes.0, self.max_stored_bytes.0)
    }
}
