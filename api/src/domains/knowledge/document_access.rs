//! Granting a document to some, and so to nobody else; and revoking it.

use async_graphql::{Context, InputObject, Object, OneofObject};
use entity::knowledge::document_permission::{self, PermissionType};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};

use super::document_permission::DocumentPermissionFilter;
use super::put_document_chunks::held;
use super::{Document, DocumentPermission};
use crate::core::{Faults, Id, IdFilter, Permission, Refusal, Result, Session, UserError};
use crate::domains::tenancy::{Role, User};
use crate::payload;

/// To whom something is granted: exactly one of them.
#[derive(OneofObject, Clone, Copy, Debug)]
pub enum DocumentGranteeInput {
    /// A user of the organization.
    UserId(Id),
    /// A role, and so everybody who has it: a built-in one, or one of the organization's own.
    RoleId(Id),
}

/// What to grant of a document, and to whom.
#[derive(InputObject, Clone, Debug)]
pub struct GrantDocumentAccessInput {
    /// The document.
    document_id: Id,
    /// To whom.
    grantee: DocumentGranteeInput,
    /// What, at least one; whatever it is, reading goes with it. What is granted already stays granted.
    permission_types: Vec<PermissionType>,
}

/// What to revoke of a document, and of whom.
#[derive(InputObject, Clone, Debug)]
pub struct RevokeDocumentAccessInput {
    /// The document.
    document_id: Id,
    /// Of whom.
    grantee: DocumentGranteeInput,
    /// What; everything that is granted to them, where it is left out. What is not granted is not missed.
    permission_types: Option<Vec<PermissionType>>,
}

payload! {
    /// What grantDocumentAccess did.
    GrantDocumentAccessPayload {
        /// The document as it is now: restricted.
        document: Document
    }
}
payload! {
    /// What revokeDocumentAccess did.
    RevokeDocumentAccessPayload {
        /// The document as it is now. Where `isRestricted` is false, its whole audience reads it again.
        document: Document
    }
}

/// Granting and revoking.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentAccess;

/// Granting and revoking.
#[Object]
impl DocumentAccess {
    /// Grants something of a document to a user or to a role (organization:read). With the first grant the document is closed: its
    /// grantees read it, as far as they are of its audience, its uploader and admins, and nobody else, not even who granted it. As long
    /// as it is open anybody may; then its uploader, who was granted to write it, and admins. Needs documents:write.
    async fn grant_document_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: GrantDocumentAccessInput,
    ) -> Result<GrantDocumentAccessPayload> {
        let session = Session::of(context)?;
        session.settle(grant(session, input).await).await
    }

    /// Revokes what is granted of a document to a user or to a role (organization:read). Revoking the last grant opens the document
    /// again, to all members of its project or to the whole organization; to keep it closed, grant it to somebody else first. Its
    /// uploader, who was granted to write it, and admins may. Needs documents:write.
    async fn revoke_document_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RevokeDocumentAccessInput,
    ) -> Result<RevokeDocumentAccessPayload> {
        let session = Session::of(context)?;
        session.settle(revoke(session, input).await).await
    }
}

async fn grant(session: &Session, input: GrantDocumentAccessInput) -> Result<Document, Refusal> {
    let GrantDocumentAccessInput {
        document_id,
        grantee,
        permission_types,
    } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    session.require(Permission::DocumentsRead)?;
    let mut faults = Faults::default();
    faults.check(
        !permission_types.is_empty(),
        &["permissionTypes"],
        "name at least one",
    );
    check_grantee(session, &mut faults, grantee).await?;
    let document = held(&mut transaction, &mut faults, document_id).await?;
    let (Some(document), true) = (document, faults.is_empty()) else {
        return faults.refuse();
    };
    let (user, role) = grantee.both();
    let rows =
        each_once(permission_types)
            .into_iter()
            .map(|granted| document_permission::ActiveModel {
                id: Set(Id::new().0),
                audience_id: Set(document.audience_id.0),
                document_id: Set(document_id.0),
                user_id: Set(user.map(|id| id.0)),
                role_id: Set(role.map(|id| id.0)),
                permission_type: Set(granted),
                ..Default::default()
            });
    transaction
        .link_told::<Document, _>("grant_access", document_id, rows.collect(), told)
        .await?;
    let now = session.one::<Document>(document_id).await?;
    transaction.commit().await?;
    // Whoever closes a document may be among those who do not see it any more.
    Ok(now.map_or_else(|| document.closed(), |now| Document::clone(&now)))
}

async fn revoke(session: &Session, input: RevokeDocumentAccessInput) -> Result<Document, Refusal> {
    let RevokeDocumentAccessInput {
        document_id,
        grantee,
        permission_types,
    } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    session.require(Permission::DocumentsRead)?;
    let mut faults = Faults::default();
    check_grantee(session, &mut faults, grantee).await?;
    let document = held(&mut transaction, &mut faults, document_id).await?;
    let (Some(document), true) = (document, faults.is_empty()) else {
        return faults.refuse();
    };
    let (user, role) = grantee.both();
    let exactly = |id: Option<Id>| id.map(IdFilter::only);
    let theirs = DocumentPermissionFilter {
        document_id: exactly(Some(document_id)),
        user_id: exactly(user),
        role_id: exactly(role),
        ..DocumentPermissionFilter::default()
    };
    let revoked = session
        .found::<DocumentPermission>(&theirs)
        .await?
        .into_iter()
        .filter(|grant| {
            permission_types
                .as_ref()
                .is_none_or(|types| types.contains(&grant.permission_type))
        })
        .map(|grant| document_permission::ActiveModel {
            id: Set(grant.id.0),
            ..Default::default()
        });
    transaction
        .unlink_told::<Document, _>("revoke_access", document_id, revoked.collect(), told)
        .await?;
    let now = session.one::<Document>(document_id).await?;
    transaction.commit().await?;
    // Whoever revokes their own grant does not see it any more.
    Ok(now.map_or(document, |now| Document::clone(&now)))
}

impl DocumentGranteeInput {
    const fn both(self) -> (Option<Id>, Option<Id>) {
        match self {
            Self::UserId(user) => (Some(user), None),
            Self::RoleId(role) => (None, Some(role)),
        }
    }
}

async fn check_grantee(
    session: &Session,
    faults: &mut Faults,
    grantee: DocumentGranteeInput,
) -> Result<()> {
    match grantee {
        DocumentGranteeInput::UserId(user) => {
            if session.one::<User>(user).await?.is_none() {
                faults.add(UserError::not_found(&["grantee", "userId"], "user"));
            }
        }
        DocumentGranteeInput::RoleId(role) => {
            if session.one::<Role>(role).await?.is_none() {
                faults.add(UserError::not_found(&["grantee", "roleId"], "role"));
            }
        }
    }
    Ok(())
}

fn each_once(types: Vec<PermissionType>) -> Vec<PermissionType> {
    let mut once = Vec::with_capacity(types.len());
    for found in types {
        if !once.contains(&found) {
            once.push(found);
        }
    }
    once
}

/// What the trail has of grants that came or went: they are all of one grantee.
fn told(grants: &[document_permission::Model]) -> Value {
    let types: Vec<PermissionType> = grants.iter().map(|grant| grant.permission_type).collect();
    json!({
        "user_id": grants.first().and_then(|grant| grant.user_id),
        "role_id": grants.first().and_then(|grant| grant.role_id),
        "permission_types": types,
    })
}
