//! The caller themselves.

use async_graphql::{Context, Object, SimpleObject};

use super::user::{UserAssessments, UserRoles};
use super::{Organization, OrganizationQuotas, Role, User};
use crate::core::{Id, Result, Session};
use crate::domains::validation::Assessment;
use crate::relations;

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

relations! {
    Viewer one {
        /// The caller's account. Needs organization:read.
        user: User by user_id,
        /// The caller's organization. Needs organization:read.
        organization: Organization by organization_id,
        /// What the caller's organization may have, and has. Needs organization:read.
        quotas: OrganizationQuotas by organization_id,
    } many {
        /// What the caller is in the organization now; a token says what they were when it was signed. Needs organization:read.
        roles: Role by UserRoles from user_id,
        /// The assessments that the caller started, the newest first. Needs assessments:read.
        assessments: Assessment by UserAssessments from user_id,
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
