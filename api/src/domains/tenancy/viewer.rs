//! The caller themselves.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::{Organization, OrganizationQuotas, User};
use crate::core::{Id, Result, Session};

/// Who is calling, as their token says.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Viewer {
    /// Identity of the caller: the token's `sub`.
    user_id: Id,
    /// The organization whose rows the caller sees: the token's `org`.
    organization_id: Id,
    /// What the caller may do, as the schema's descriptions name it.
    permissions: Vec<&'static str>,
}

#[async_graphql::ComplexObject]
impl Viewer {
    /// The caller's account. Needs organization:read.
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        Session::of(context)?.one(self.user_id).await
    }

    /// The caller's organization. Needs organization:read.
    async fn organization(&self, context: &Context<'_>) -> Result<Option<Arc<Organization>>> {
        Session::of(context)?.one(self.organization_id).await
    }

    /// What the caller's organization may have, and has. Needs organization:read.
    async fn quotas(&self, context: &Context<'_>) -> Result<Option<Arc<OrganizationQuotas>>> {
        Session::of(context)?.one(self.organization_id).await
    }
}

/// Who is calling.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewerQueries;

/// Who is calling.
#[Object]
impl ViewerQueries {
    /// Who is calling, and what they may do.
    async fn viewer(&self, context: &Context<'_>) -> Result<Viewer> {
        let actor = Session::of(context)?.actor();
        Ok(Viewer {
            user_id: Id(actor.user),
            organization_id: Id(actor.organization),
            permissions: actor
                .permissions
                .iter()
                .map(crate::core::Permission::name)
                .collect(),
        })
    }
}
