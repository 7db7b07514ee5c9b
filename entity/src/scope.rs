//! Whose rows they are, and which rows a bin can hold.

use sea_orm::EntityTrait;

/// Whose the rows of a table (or view) are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<C> {
    /// Each is one organization's, which the column names.
    Own(C),
    /// The same; but where the column is null, the row is everybody's to see and nobody's to change.
    OwnOrShared(C),
    /// All are everybody's to see and nobody's to change.
    Shared,
}

/// A table (or view) of which it is known whose rows they are.
pub trait Scoped: EntityTrait {
    /// Whose.
    const SCOPE: Scope<Self::Column>;
}

/// A table whose rows are put in the bin before they are gone: a row with this column set is deleted.
pub trait SoftDeleted: EntityTrait {
    /// The column that says since when.
    const DELETED_AT: Self::Column;
}

macro_rules! scopes {
    ($scope:ident { $($domain:ident::$entity:ident: $column:ident,)* }) => {
        $(impl Scoped for crate::$domain::$entity::Entity {
            const SCOPE: Scope<Self::Column> = Scope::$scope(crate::$domain::$entity::Column::$column);
        })*
    };
}

macro_rules! shared {
    ($($domain:ident::$entity:ident,)*) => {
        $(impl Scoped for crate::$domain::$entity::Entity {
            const SCOPE: Scope<Self::Column> = Scope::Shared;
        })*
    };
}

macro_rules! soft_deleted {
    ($($domain:ident::$entity:ident,)*) => {
        $(impl SoftDeleted for crate::$domain::$entity::Entity {
            const DELETED_AT: Self::Column = crate::$domain::$entity::Column::DeletedAt;
        })*
    };
}

scopes!(Own {
    tenancy::organization: Id,
    tenancy::user: OrganizationId,
    tenancy::user_role: OrganizationId,
    tenancy::project: OrganizationId,
    tenancy::project_member: OrganizationId,
    tenancy::audit_log: OrganizationId,
    tenancy::refresh_token: OrganizationId,
    tenancy::idempotency_key: OrganizationId,
    tenancy::quota_usage: OrganizationId,
    tenancy::organization_quota: Id,
    photos::photo: OrganizationId,
    photos::detection: OrganizationId,
    photos::tag: OrganizationId,
    photos::processing_event: OrganizationId,
    validation::workflow: OrganizationId,
    validation::bucket: OrganizationId,
    validation::criterion: OrganizationId,
    validation::assessment: OrganizationId,
    validation::assessment_document: OrganizationId,
    validation::assessment_result: OrganizationId,
    knowledge::document: OrganizationId,
    knowledge::document_chunk: OrganizationId,
    knowledge::document_permission: OrganizationId,
    knowledge::query_log: OrganizationId,
    agents::agent_config: OrganizationId,
    agents::conversation: OrganizationId,
    agents::message: OrganizationId,
    uploads::cycle: OrganizationId,
    uploads::sync_session: OrganizationId,
    uploads::file_upload: OrganizationId,
    uploads::project_summary: OrganizationId,
    uploads::cycle_summary: OrganizationId,
});

scopes!(OwnOrShared {
    tenancy::role: OrganizationId,
    tenancy::role_permission: OrganizationId,
});

shared! {
    tenancy::permission,
}

soft_deleted! {
    tenancy::organization,
    tenancy::user,
    tenancy::project,
    photos::photo,
    validation::workflow,
    knowledge::document,
    agents::agent_config,
    agents::conversation,
}
