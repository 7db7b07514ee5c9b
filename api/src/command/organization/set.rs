//! `fieldgraph organization set`: what is the operator's to say of a tenant, and nobody's in the graph.

use std::io::Write;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::command::token::find_organization;
use crate::command::{Failure, tenant};

/// What shall be different; what is left out stays as it is.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true))]
pub struct Arguments {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// What it pays for
    #[arg(long, value_name = "TIER", group = "changes", value_parser = PossibleValuesParser::new(["trial", "professional", "enterprise"]))]
    tier: Option<String>,
    /// Quota of active users
    #[arg(long, value_name = "N", group = "changes", value_parser = clap::value_parser!(i32).range(1..))]
    max_users: Option<i32>,
    /// Quota of projects that are not in the bin
    #[arg(long, value_name = "N", group = "changes", value_parser = clap::value_parser!(i32).range(1..))]
    max_projects: Option<i32>,
    /// Quota of gigabytes (1,000,000,000 bytes) of stored objects
    #[arg(long, value_name = "N", group = "changes", value_parser = clap::value_parser!(i32).range(1..))]
    max_storage_gb: Option<i32>,
    /// Whether its people may work; false shuts them out and deletes nothing
    #[arg(long, value_name = "true|false", group = "changes", action = ArgAction::Set)]
    active: Option<bool>,
}

/// A quota below what is used takes nothing away: it only lets nothing more in.
const CHANGE: &str = "
    WITH before AS (
      SELECT id, subscription_tier, max_users, max_projects, max_storage_gb, is_active FROM organizations WHERE id = $1 FOR UPDATE
    ), after AS (
      UPDATE organizations SET
        subscription_tier = coalesce($2, organizations.subscription_tier),
        max_users = coalesce($3, organizations.max_users),
        max_projects = coalesce($4, organizations.max_projects),
        max_storage_gb = coalesce($5, organizations.max_storage_gb),
        is_active = coalesce($6, organizations.is_active)
      FROM before WHERE organizations.id = before.id
      RETURNING organizations.id, organizations.subscription_tier, organizations.max_users, organizations.max_projects,
        organizations.max_storage_gb, organizations.is_active
    )
    INSERT INTO audit_logs (organization_id, action, resource_type, resource_id, metadata)
    SELECT after.id, 'organization.set', 'organization', after.id,
      jsonb_build_object('before', to_jsonb(before) - 'id', 'after', to_jsonb(after) - 'id')
    FROM before, after";

pub(super) async fn run(owner: &DatabaseConnection, arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        organization: slug,
        tier,
        max_users,
        max_projects,
        max_storage_gb,
        active,
    } = arguments;
    let organization = find_organization(owner, slug).await?;
    let transaction = tenant::begin(owner, organization).await?;
    transaction
        .execute_raw(Statement::from_sql_and_values(
            owner.get_database_backend(),
            CHANGE,
            [
                organization.into(),
                tier.clone().into(),
                (*max_users).into(),
                (*max_projects).into(),
                (*max_storage_gb).into(),
                (*active).into(),
            ],
        ))
        .await?;
    transaction.commit().await?;
    writeln!(std::io::stdout(), "{slug} is changed")?;
    Ok(())
}
