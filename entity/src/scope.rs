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
    /// What its rows hang under, the nearest first: while one of those lies in the bin they are nothing to see either.
    const HANGS: &'static [Hanging<Self::Column>] = &[];
}

/// One way in which rows hang under others that a bin can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hanging<C> {
    /// The column that says under which.
    pub by: C,
    /// The table of those.
    pub under: &'static str,
}

/// A table whose rows are put in the bin before they are gone: a row with this column set is deleted.
pub trait SoftDeleted: EntityTrait {
    /// The column that says since when.
    const DELETED_AT: Self::Column;
}

macro_rules! scopes {
    ($scope:ident { $($domain:ident::$entity:ident: $column:ident $(hangs by $by:ident under $under:literal)*,)* }) => {
        $(impl Scoped for crate::$domain::$entity::Entity {
            const SCOPE: Scope<Self::Column> = Scope::$scope(crate::$domain::$entity::Column::$column);
            const HANGS: &'static [Hanging<Self::Column>] = &[
                $(Hanging { by: crate::$domain::$entity::Column::$by, under: $under },)*
            ];
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
    tenancy::project_member: OrganizationId hangs by ProjectId under "projects",
    tenancy::audit_log: OrganizationId,
    tenancy::refresh_token: OrganizationId,
    tenancy::idempotency_key: OrganizationId,
    tenancy::quota_usage: OrganizationId,
    tenancy::organization_quota: Id,
    photos::photo: OrganizationId hangs by ProjectId under "projects",
    photos::detection: OrganizationId hangs by PhotoId under "photos" hangs by ProjectId under "projects",
    photos::tag: OrganizationId hangs by PhotoId under "photos" hangs by ProjectId under "projects",
    photos::processing_event: OrganizationId hangs by PhotoId under "photos" hangs by ProjectId under "projects",
    validation::workflow: OrganizationId,
    validation::bucket: OrganizationId hangs by WorkflowId under "workflows",
    validation::criterion: OrganizationId hangs by WorkflowId under "workflows",
    validation::assessment: OrganizationId,
    validation::assessment_document: OrganizationId,
    validation::assessment_result: OrganizationId,
    knowledge::document: OrganizationId,
    knowledge::document_chunk: OrganizationId hangs by DocumentId under "documents",
    knowledge::document_permission: OrganizationId hangs by DocumentId under "documents",
    knowledge::query_log: OrganizationId,
    agents::agent_config: OrganizationId,
    agents::conversation: OrganizationId hangs by ProjectId under "projects",
    agents::message: OrganizationId hangs by ConversationId under "conversations" hangs by ProjectId under "projects",
    uploads::cycle: OrganizationId hangs by ProjectId under "projects",
    uploads::sync_session: OrganizationId hangs by ProjectId under "projects",
    uploads::file_upload: OrganizationId hangs by ProjectId under "projects",
    uploads::project_summary: OrganizationId hangs by ProjectId under "projects",
    uploads::cycle_summary: OrganizationId hangs by ProjectId under "projects",
});

scopes!(OwnOrShared {
    tenancy::role: OrganizationId,
    tenancy::role_permission: OrganizationId,
});

// An attempt to sign in is not yet anybody's.
shared! {
    tenancy::permission,
    tenancy::sign_in_attempt,
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
