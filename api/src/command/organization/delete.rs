//! `fieldgraph organization delete`: the end of a tenant. Every row of it goes, by cascade, in one transaction; then its objects.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use clap::Args;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait,
};
use uuid::Uuid;

use crate::command::{Failure, tenant};

/// Which organization.
#[derive(Args)]
pub struct Arguments {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// Do not ask, for scripts: the slug once more
    #[arg(long, value_name = "SLUG")]
    yes: Option<String>,
}

/// Tables whose rows are an organization's, and of which an operator is told; all others go with them.
const TOLD: [&str; 5] = ["users", "projects", "photos", "documents", "audit_logs"];

pub(super) async fn run(
    owner: &DatabaseConnection,
    storage: &Path,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let slug = arguments.organization.as_str();
    let (organization, name) = find(owner, slug).await?;
    let folder = storage.join(slug);
    if let Some(again) = &arguments.yes {
        if again != slug {
            return Err(Failure::NotTheSlug);
        }
    } else {
        introduce(owner, (organization, &name), &folder).await?;
        ask(&format!("Type the slug of {name} to delete it: "), slug)?;
        ask(
            "Nothing brings it back. Type the slug again to delete it for ever: ",
            slug,
        )?;
    }
    // Its slug was looked at before somebody thought about it: the row must still be the one.
    let transaction = owner.begin().await?;
    let deleted = transaction
        .execute_raw(Statement::from_sql_and_values(
            owner.get_database_backend(),
            "DELETE FROM organizations WHERE id = $1 AND slug = $2",
            [organization.into(), slug.into()],
        ))
        .await?;
    if deleted.rows_affected() != 1 {
        return Err(Failure::NoOrganization {
            slug: slug.to_owned(),
        });
    }
    transaction.commit().await?;
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::ObjectsLeft {
                folder,
                reason: error,
            });
        }
        _ => {}
    }
    writeln!(
        io::stdout(),
        "{slug} is deleted: every row of it, and every object in {}. Objects in S3 buckets and backups are not reached from here.",
        folder.display()
    )?;
    Ok(())
}

/// Also one that lies in the bin: that is where organizations wait for this.
async fn find(owner: &DatabaseConnection, slug: &str) -> Result<(Uuid, String), Failure> {
    let row = owner
        .query_one_raw(Statement::from_sql_and_values(
            owner.get_database_backend(),
            "SELECT id, name FROM organizations WHERE slug = $1",
            [slug.into()],
        ))
        .await?
        .ok_or_else(|| Failure::NoOrganization {
            slug: slug.to_owned(),
        })?;
    Ok((row.try_get("", "id")?, row.try_get("", "name")?))
}

/// Says what there is to lose.
async fn introduce(
    owner: &DatabaseConnection,
    (organization, name): (Uuid, &str),
    folder: &Path,
) -> Result<(), Failure> {
    let transaction = tenant::begin(owner, organization).await?;
    let mut out = io::stdout();
    write!(out, "{name} has")?;
    for (index, table) in TOLD.into_iter().enumerate() {
        let rows = count(&transaction, table).await?;
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma} {rows} rows of {table}")?;
    }
    writeln!(out, ", and objects in {}.", folder.display())?;
    transaction.commit().await?;
    Ok(())
}

async fn count(transaction: &DatabaseTransaction, table: &str) -> Result<i64, Failure> {
    let counted = format!("SELECT count(*) AS rows FROM {table}");
    let row = transaction
        .query_one_raw(Statement::from_string(
            transaction.get_database_backend(),
            counted,
        ))
        .await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "rows"))?)
}

/// Anything but the slug is a no.
fn ask(question: &str, slug: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() == slug {
        Ok(())
    } else {
        Err(Failure::NotTheSlug)
    }
}
