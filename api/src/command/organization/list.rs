//! `fieldgraph organization list`: who there is, and how much of their quotas they have used.

use std::io::Write;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use uuid::Uuid;

use crate::command::{Failure, tenant};

const QUOTAS: &str = "
    SELECT organization.slug, organization.name, organization.subscription_tier AS tier, organization.is_active,
      used.active_users, used.max_users, used.projects, used.max_projects, used.stored_bytes, used.max_stored_bytes
    FROM organizations organization JOIN organization_quotas used ON used.id = organization.id
    WHERE organization.id = $1";

pub(super) async fn run(owner: &DatabaseConnection) -> Result<(), Failure> {
    let backend = owner.get_database_backend();
    let register = "SELECT id FROM organizations WHERE deleted_at IS NULL ORDER BY slug";
    let organizations = owner
        .query_all_raw(Statement::from_string(backend, register))
        .await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:<24} {:<14} {:<8} {:>13} {:>13} {:>19}  name",
        "slug", "tier", "active", "users", "projects", "stored GB"
    )?;
    for organization in organizations {
        let id: Uuid = organization.try_get("", "id")?;
        // The wall stands before the owner too: what is used is seen from inside.
        let transaction = tenant::begin(owner, id).await?;
        let row = transaction
            .query_one_raw(Statement::from_sql_and_values(backend, QUOTAS, [id.into()]))
            .await?;
        transaction.commit().await?;
        let Some(row) = row else { continue };
        let text = |column: &str| row.try_get::<String>("", column);
        let number = |column: &str| row.try_get::<i32>("", column);
        let bytes = |column: &str| row.try_get::<i64>("", column);
        let is_active = row.try_get::<bool>("", "is_active")?;
        writeln!(
            out,
            "{:<24} {:<14} {:<8} {:>6}/{:<6} {:>6}/{:<6} {:>9}/{:<9}  {}",
            text("slug")?,
            text("tier")?,
            if is_active { "yes" } else { "no" },
            number("active_users")?,
            number("max_users")?,
            number("projects")?,
            number("max_projects")?,
            gigabytes(bytes("stored_bytes")?),
            gigabytes(bytes("max_stored_bytes")?),
            text("name")?,
        )?;
    }
    Ok(())
}

/// Rounded down to a hundredth.
fn gigabytes(bytes: i64) -> String {
    format!(
        "{}.{:02}",
        bytes / 1_000_000_000,
        bytes % 1_000_000_000 / 10_000_000
    )
}
