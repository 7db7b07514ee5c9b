//! Whose rows they are, and which rows a bin can hold.

use sea_orm::EntityTrait;

/// A table (or view) whose every row is one organization's.
pub trait Tenanted: EntityTrait {
    /// The column that holds the organization.
    const TENANT: Self::Column;
}

/// A table whose rows are put in the bin before they are gone: a row with this column set is deleted.
pub trait SoftDeleted: EntityTrait {
    /// The column that says since when.
    const DELETED_AT: Self::Column;
}

macro_rules! scope {
    ($scope:ident::$constant:ident { $($domain:ident::$entity:ident: $column:ident,)* }) => {
        $(impl $scope for crate::$domain::$entity::Entity {
            const $constant: Self::Column = crate::$domain::$entity::Column::$column;
        })*
    };
}

// Roles, permissions and what joins the two are the same for every organization, and an attempt to sign in is not yet anybody's:
// they are not here.
scope!(Tenanted::TENANT {
    tenancy::organization: Id,
    tenancy::user: OrganizationId,
    tenancy::user_role: OrganizationId,
    tenancy::project: OrganizationId,
    tenancy::project_member: OrganizationId,
    tenancy::audit_log: OrganizationId,
    tenancy::refresh_token: OrganizationId,
    tenancy::idempotency_key: OrganizationId,
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

scope!(SoftDeleted::DELETED_AT {
    tenancy::organization: DeletedAt,
    tenancy::user: DeletedAt,
    tenancy::project: DeletedAt,
    photos::photo: DeletedAt,
    validation::workflow: DeletedAt,
    knowledge::document: DeletedAt,
    agents::agent_config: DeletedAt,
    agents::conversation: DeletedAt,
});
