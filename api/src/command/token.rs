//! `fieldgraph token`: a signed token on standard output, and nothing else there.

use std::io::Write;
use std::time::Duration;

use chrono::Utc;
use clap::Args;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use uuid::Uuid;

use super::Failure;
use crate::auth::{Grant, Signer};
use crate::database::Databases;
use crate::settings::Settings;

/// For whom.
#[derive(Args)]
pub struct Arguments {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// Address of the user
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// Role to claim instead of the user's own; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// How long it is valid, in minutes
    #[arg(long, value_name = "N", default_value_t = 720, value_parser = clap::value_parser!(u64).range(1..=525_600))]
    minutes: u64,
}

pub(super) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let signer = Signer::new(settings)?;
    let databases = Databases::open(settings).await?;
    let found = find(&databases, &arguments).await;
    databases.close().await;
    let lifetime = Duration::from_secs(arguments.minutes * 60);
    let token = signer.sign(&found?, Utc::now(), lifetime)?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(())
}

async fn find(databases: &Databases, arguments: &Arguments) -> Result<Grant, Failure> {
    let owner = databases.connect_owner().await?;
    let organization = find_organization(&owner, &arguments.organization).await?;
    let mut grant = find_user(&owner, organization, arguments).await?;
    if !arguments.roles.is_empty() {
        check_roles(&owner, &arguments.roles).await?;
        grant.roles.clone_from(&arguments.roles);
    }
    owner.close().await?;
    Ok(grant)
}

/// The owner keeps the register of organizations and may look into it without a tenant.
pub(super) async fn find_organization(
    owner: &DatabaseConnection,
    slug: &str,
) -> Result<Uuid, Failure> {
    owner
        .query_one_raw(Statement::from_sql_and_values(
            owner.get_database_backend(),
            "SELECT id FROM organizations WHERE slug = $1 AND deleted_at IS NULL",
            [slug.into()],
        ))
        .await?
        .ok_or_else(|| Failure::NoOrganization {
            slug: slug.to_owned(),
        })?
        .try_get("", "id")
        .map_err(Failure::from)
}

async fn find_user(
    owner: &DatabaseConnection,
    organization: Uuid,
    arguments: &Arguments,
) -> Result<Grant, Failure> {
    let tenant = super::tenant::begin(owner, organization).await?;
    let row = tenant
        .query_one_raw(Statement::from_sql_and_values(
            owner.get_database_backend(),
            "SELECT users.id, users.token_version, array_remove(array_agg(roles.name ORDER BY roles.name), NULL) AS roles
             FROM users
             LEFT JOIN user_roles ON user_roles.organization_id = users.organization_id AND user_roles.user_id = users.id
             LEFT JOIN roles ON roles.id = user_roles.role_id
             WHERE users.organization_id = $1 AND lower(users.email) = lower($2) AND users.deleted_at IS NULL
             GROUP BY users.id, users.token_version",
            [organization.into(), arguments.user.as_str().into()],
        ))
        .await?
        .ok_or_else(|| Failure::NoUser {
            organization: arguments.organization.clone(),
            email: arguments.user.clone(),
        })?;
    tenant.commit().await?;
    Ok(Grant {
        organization,
        user: row.try_get("", "id")?,
        roles: row.try_get("", "roles")?,
        version: Some(row.try_get("", "token_version")?),
    })
}

async fn check_roles(owner: &DatabaseConnection, wanted: &[String]) -> Result<(), Failure> {
    let known = owner
        .query_all_raw(Statement::from_string(
            owner.get_database_backend(),
            "SELECT name FROM roles ORDER BY name",
        ))
        .await?
        .iter()
        .map(|row| row.try_get("", "name"))
        .collect::<Result<Vec<String>, _>>()?;
    match wanted.iter().find(|role| !known.contains(role)) {
        None => Ok(()),
        Some(role) => Err(Failure::NoRole {
            role: role.clone(),
            known: known.join(", "),
        }),
    }
}
