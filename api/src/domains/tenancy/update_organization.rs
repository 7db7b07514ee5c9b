//! What an organization says of itself. What it pays for and its quotas are the operator's to change.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::tenancy::organization;
use sea_orm::ActiveValue::{NotSet, Set};
use url::Url;

use super::Organization;
use super::user::check_address;
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, patch};
use crate::payload;

/// What shall be different about the caller's organization. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateOrganizationInput {
    /// Name people know it by, which no other organization has; 1 to 255 characters.
    name: Option<String>,
    /// What it does, in its own words; at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// Where to write to: an email address.
    contact_email: MaybeUndefined<String>,
    /// Where to call; at most 50 characters.
    phone: MaybeUndefined<String>,
    /// Its own site: an http or https URL.
    website: MaybeUndefined<String>,
    /// What `updatedAt` was when the organization was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What updateOrganization did.
    UpdateOrganizationPayload {
        /// The organization as it is now.
        organization: Organization
    }
}

/// Changes of the organization.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrganizationMutations;

/// Changes of the organization.
#[Object]
impl OrganizationMutations {
    /// Changes what the caller's organization says of itself. What it pays for and its quotas are the operator's.
    /// Needs organization:write.
    async fn update_organization(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateOrganizationInput,
    ) -> Result<UpdateOrganizationPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }
}

async fn update(
    session: &Session,
    input: UpdateOrganizationInput,
) -> Result<Organization, Refusal> {
    let UpdateOrganizationInput {
        name,
        description,
        contact_email,
        phone,
        website,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::OrganizationWrite).await?;
    let mut faults = Faults::default();
    if let Some(name) = &name {
        faults.length(&["name"], name, 1, 255);
    }
    if let MaybeUndefined::Value(description) = &description {
        faults.length(&["description"], description, 1, 2000);
    }
    if let MaybeUndefined::Value(address) = &contact_email {
        check_address(&mut faults, "contactEmail", address);
    }
    if let MaybeUndefined::Value(phone) = &phone {
        faults.length(&["phone"], phone, 1, 50);
    }
    if let MaybeUndefined::Value(website) = &website {
        faults.length(&["website"], website, 1, 2048);
        // It becomes a link: nothing that a browser would run.
        let is_site =
            Url::parse(website).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        faults.check(is_site, &["website"], "this must be an http or https URL");
    }
    faults.settle()?;
    let changes = organization::ActiveModel {
        name: name.map_or(NotSet, Set),
        description: patch(description),
        contact_email: patch(contact_email),
        phone: patch(phone),
        website: patch(website),
        ..Default::default()
    };
    let id = Id(session.actor().organization);
    let organization = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(organization)
}
