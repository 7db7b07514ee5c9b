//! Organizations, their people and projects.

mod organization;
mod project;
mod session;
mod user;
mod viewer;

use async_graphql::MergedObject;

pub use organization::Organization;
pub use project::{Project, ProjectFilter};
pub use user::{User, UserFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct TenancyQueries(
    viewer::ViewerQueries,
    organization::OrganizationQueries,
    user::UserQueries,
    project::ProjectQueries,
);

/// Changes of this domain.
#[derive(MergedObject, Default)]
pub struct TenancyMutations(session::SessionMutations);
