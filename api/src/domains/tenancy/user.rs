//! People (and AI workers) with an account.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::agents::conversation;
use entity::knowledge::{document, document_permission, query_log};
use entity::photos::{detection, photo};
use entity::tenancy::{audit_log, project, project_member, role, user, user_role};
use entity::uploads::sync_session;
use entity::validation::{assessment, workflow};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::project::{Project, ProjectFilter};
use super::role::{Role, RoleFilter};
use super::{AuditLog, Organization};
use crate::core::{BooleanFilter, DateTimeFilter, Faults, Id, IdFilter, StringFilter};
use crate::domains::agents::{Conversation, ConversationFilter};
use crate::domains::knowledge::{Document, DocumentFilter, DocumentPermission, QueryLog};
use crate::domains::photos::{Detection, Photo, PhotoFilter};
use crate::domains::uploads::{SyncSession, SyncSessionFilter};
use crate::domains::validation::{Assessment, Workflow};
use crate::{filter, node, order, relation, relations, roots};

/// A person, or an AI worker, with an account.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "user::Entity")]
pub struct User {
    /// Identity, and the `sub` claim of the user's tokens.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Address, unique whatever its case.
    pub email: String,
    /// Name for signing in.
    pub username: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// False for who has left: may not sign in, keeps what they made.
    pub is_active: bool,
    /// Whether the address was shown to be theirs.
    pub is_email_verified: bool,
    /// When they last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(User: user, UserFilter, UserOrder, needs OrganizationRead);

filter! {
    /// Which users.
    UserFilter for User of user {
        /// By identity.
        id: IdFilter => Id,
        /// By the name for signing in.
        username: StringFilter => Username,
        /// By whether they are still there.
        is_active: BooleanFilter => IsActive,
        /// By the moment the account was made.
        created_at: DateTimeFilter => CreatedAt,
    } many {
        /// By the photos they uploaded.
        photos: PhotoFilter => UserPhotos, Id,
        /// By the projects they are a member of.
        projects: ProjectFilter => UserProjects, Id,
        /// By what they are in the organization.
        roles: RoleFilter => UserRoles, Id,
        /// By the conversations that the caller may see.
        conversations: ConversationFilter => UserConversations, Id,
        /// By the uploads they made.
        sync_sessions: SyncSessionFilter => UserSyncSessions, Id,
        /// By the documents they uploaded.
        documents: DocumentFilter => UserDocuments, Id,
    }
}

order! {
    /// By what users are put in order.
    UserOrder, UserOrderField for User of user, usually CreatedAt Desc {
        /// By the moment the account was made.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What a user uploaded.
    UserPhotos: Photo, photo by UserId);
relation!(/// What a user confirmed or rejected.
    UserJudgedDetections: Detection, detection by ConfirmedBy);
relation!(/// What a user manages.
    UserManagedProjects: Project, project by ManagerId);
relation!(/// What a user is a member of.
    UserProjects: Project, project through project_member(UserId -> ProjectId) keyed Id);
relation!(/// What a user is.
    UserRoles: Role, role through user_role(UserId -> RoleId) keyed Id);
relation!(/// What a user did.
    UserAuditLogs: AuditLog, audit_log by ActorId);
relation!(/// What a user talks about with agents.
    UserConversations: Conversation, conversation by UserId);
relation!(/// The uploads that a user made.
    UserSyncSessions: SyncSession, sync_session by UserId);
relation!(/// The documents that a user uploaded.
    UserDocuments: Document, document by UploadedBy);
relation!(/// What is granted to a user, without what is to their roles.
    UserDocumentPermissions: DocumentPermission, document_permission by UserId);
relation!(/// What a user asked.
    UserQueryLogs: QueryLog, query_log by UserId);
relation!(/// What a user designed.
    UserWorkflows: Workflow, workflow by CreatedBy);
relation!(/// What a user started.
    UserAssessments: Assessment, assessment by CreatedBy);

relations! {
    User one {
        /// The organization they belong to. Needs organization:read.
        organization: Organization by organization_id,
    } many {
        /// The photos they uploaded. Needs photos:read.
        photos: Photo by UserPhotos from id,
        /// The detections they confirmed or rejected. Needs photos:read.
        judged_detections: Detection by UserJudgedDetections from id,
        /// The projects they answer for. Needs projects:read.
        managed_projects: Project by UserManagedProjects from id,
        /// The projects they are a member of. Needs projects:read.
        projects: Project by UserProjects from id,
        /// What they are in the organization. Needs organization:read.
        roles: Role by UserRoles from id,
        /// What they did. Needs audit:read.
        audit_logs: AuditLog by UserAuditLogs from id,
        /// Their conversations with agents: nobody sees them but they themselves, and admins. Needs conversations:read.
        conversations: Conversation by UserConversations from id,
        /// The uploads they made. Needs uploads:read.
        sync_sessions: SyncSession by UserSyncSessions from id,
        /// The documents they uploaded, as far as the caller may read them. Needs documents:read.
        documents: Document by UserDocuments from id,
        /// What is granted to them of documents that the caller may read, without what is to their roles. Needs documents:read.
        document_permissions: DocumentPermission by UserDocumentPermissions from id,
        /// What they asked, for themselves and for admins. Needs queries:read.
        query_logs: QueryLog by UserQueryLogs from id,
        /// The workflows they designed. Needs workflows:read.
        workflows: Workflow by UserWorkflows from id,
        /// The assessments they started. Needs assessments:read.
        assessments: Assessment by UserAssessments from id,
    } and {
        /// Given name and family name, or the name for signing in where both are missing.
        async fn full_name(&self) -> String {
            let names: Vec<&str> = [&self.first_name, &self.last_name]
                .into_iter()
                .filter_map(Option::as_deref)
                .collect();
            if names.is_empty() {
                self.username.clone()
            } else {
                names.join(" ")
            }
        }
    }
}

roots! {
    /// Reads of users.
    UserQueries: User {
        one
        /// A user of the caller's organization. Needs organization:read.
        user,
        many
        /// The users of the caller's organization, the newest first. Needs organization:read.
        users,
    }
}

/// What holds for the address and the name by which somebody signs in.
pub(super) fn check_person(faults: &mut Faults, email: Option<&str>, username: Option<&str>) {
    if let Some(email) = email {
        check_address(faults, "email", email);
    }
    if let Some(username) = username {
        faults.length(&["username"], username, 1, 100);
    }
}

/// What holds for a given name and a family name.
pub(super) fn check_name(faults: &mut Faults, field: &str, name: Option<&str>) {
    if let Some(name) = name {
        faults.length(&[field], name, 1, 100);
    }
}

/// What holds for any email address: that it can be one. Whether it is, only a letter to it can show.
pub(super) fn check_address(faults: &mut Faults, field: &str, address: &str) {
    let holds = address.chars().count() <= 255
        && address.split_once('@').is_some_and(|(user, host)| {
            let is_part = |part: &str| {
                !part.is_empty()
                    && !part.contains(|letter: char| letter == '@' || letter.is_whitespace())
            };
            is_part(user) && is_part(host)
        });
    faults.check(holds, &[field], "this is no email address");
}
