//! Who of the demo GraphiQL may ask as: a person for each kind of work, read from the database when the gateway starts.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use uuid::Uuid;

use super::Failure;
use crate::auth::{Signer, TokenError};
use crate::server::graphiql::{DemoOrganization, DemoPerson, DemoSessions};
use crate::settings::Settings;

/// The two organizations of the demo that have something to show; the first is what the page begins with.
const ORGANIZATIONS: [&str; 2] = ["northwind", "alpine"];

/// One person of each, the most powerful first.
const ROLES: [&str; 8] = [
    "admin",
    "project_manager",
    "process_manager",
    "contractor",
    "insurance_adjuster",
    "engineer",
    "viewer",
    "worker",
];

/// Their sessions; none where the demo is not there, or where its tokens would have to come from an identity provider.
pub(super) async fn sessions(
    settings: &Settings,
    owner: &DatabaseConnection,
) -> Result<Option<DemoSessions>, Failure> {
    let signer = match Signer::new(settings) {
        Err(TokenError::SignedElsewhere) => return Ok(None),
        signer => signer?,
    };
    let mut organizations = Vec::new();
    for slug in ORGANIZATIONS {
        match super::token::find_organization(owner, slug).await {
            Ok(id) => organizations.extend(organization(owner, slug, id).await?),
            Err(Failure::NoOrganization { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    if organizations.is_empty() {
        return Ok(None);
    }
    Ok(Some(DemoSessions::new(organizations, signer)))
}

async fn organization(
    owner: &DatabaseConnection,
    slug: &str,
    id: Uuid,
) -> Result<Option<DemoOrganization>, Failure> {
    let backend = owner.get_database_backend();
    let tenant = super::tenant::begin(owner, id).await?;
    // Addresses under `.example` cannot be real: an organization that merely has the slug of the demo's has no such people.
    let rows = tenant
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            "SELECT organizations.name AS organization, users.id, concat_ws(' ', users.first_name, users.last_name) AS name,
                    array_agg(roles.name ORDER BY roles.name) AS roles
             FROM users
             JOIN organizations ON organizations.id = users.organization_id
             JOIN user_roles ON user_roles.organization_id = users.organization_id AND user_roles.user_id = users.id
             JOIN roles ON roles.id = user_roles.role_id
             WHERE users.organization_id = $1 AND users.email LIKE '%@' || $2 || '.example'
               AND users.is_active AND users.deleted_at IS NULL
             GROUP BY organizations.name, users.id, users.first_name, users.last_name, users.email
             ORDER BY users.email",
            [id.into(), slug.into()],
        ))
        .await?;
    tenant.commit().await?;
    let mut name = String::new();
    let mut staff = Vec::new();
    for row in rows {
        name = row.try_get("", "organization")?;
        staff.push(DemoPerson {
            id: row.try_get("", "id")?,
            name: row.try_get("", "name")?,
            roles: row.try_get("", "roles")?,
        });
    }
    let people = one_for_each_role(staff);
    Ok((!people.is_empty()).then_some(DemoOrganization { id, name, people }))
}

fn one_for_each_role(mut staff: Vec<DemoPerson>) -> Vec<DemoPerson> {
    ROLES
        .iter()
        .filter_map(|role| {
            let found = staff
                .iter()
                .position(|person| person.roles.iter().any(|own| own == role))?;
            Some(staff.remove(found))
        })
        .collect()
}
