//! What is granted of a document, to a user or to a role.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::knowledge::document_permission::{self, PermissionType};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Document, DocumentFilter};
use crate::core::{DateTimeFilter, Id, IdFilter};
use crate::domains::tenancy::{Role, RoleFilter, User, UserFilter};
use crate::{filter, node, order, relations};

/// A grant on a document. Whatever is granted, its grantee may read the document, if they are of its audience. Who may read the document
/// may see what is granted of it.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "document_permission::Entity")]
pub struct DocumentPermission {
    /// Identity.
    pub id: Id,
    /// Identity of the document.
    pub document_id: Id,
    /// Identity of the user it is granted to; null where it is granted to a role.
    pub user_id: Option<Id>,
    /// Identity of the role it is granted to, and so to who has it; null where it is granted to a user.
    pub role_id: Option<Id>,
    /// What is granted.
    pub permission_type: PermissionType,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
}

node!(DocumentPermission: document_permission, DocumentPermissionFilter, DocumentPermissionOrder, needs DocumentsRead);

filter! {
    /// Which grants.
    DocumentPermissionFilter for DocumentPermission of document_permission {
        /// By identity.
        id: IdFilter => Id,
        /// By the document.
        document_id: IdFilter => DocumentId,
        /// By the user it is granted to.
        user_id: IdFilter => UserId,
        /// By the role it is granted to.
        role_id: IdFilter => RoleId,
        /// By when it was granted.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the document.
        document: DocumentFilter => DocumentId,
        /// By the user it is granted to.
        user: UserFilter => UserId,
        /// By the role it is granted to.
        role: RoleFilter => RoleId,
    }
}

order! {
    /// By what grants are put in order.
    DocumentPermissionOrder, DocumentPermissionOrderField for DocumentPermission of document_permission, usually CreatedAt Asc {
        /// By when it was granted.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    DocumentPermission one {
        /// The document. Needs documents:read.
        document: Document by document_id,
    } maybe {
        /// The user it is granted to. Needs organization:read.
        user: User by user_id,
        /// The role it is granted to. Needs organization:read.
        role: Role by role_id,
    }
}
