//! `fieldgraph audit export`: the audit trail of an organization as JSON Lines, the oldest entry first.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, IsolationLevel,
    QueryResult, Statement, TransactionTrait,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use super::token::find_organization;
use crate::database::Databases;
use crate::settings::Settings;

/// What to do with the audit trail.
#[derive(Subcommand)]
pub enum Action {
    /// Write the trail of an organization, the oldest entry first, one JSON object a line
    Export(Export),
}

/// Which entries, and where to.
#[derive(Args)]
pub struct Export {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    organization: String,
    /// Only what was done at this moment or later: 2026-11-01, or 2026-11-01T12:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only what was done before this moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<DateTime<Utc>>,
    /// Only this action, as photo.update
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what this user did: an id, which may be of somebody who is gone, or an address
    #[arg(long, value_name = "USER")]
    actor: Option<String>,
    /// File to write, which must not exist yet; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// So many entries are in memory at once, however many there are.
const PAGE: usize = 1000;

/// A row comparison, which the index of the newest serves in the other direction.
const ENTRIES: &str = "
SELECT entry.id, entry.created_at, entry.action, entry.resource_type, entry.resource_id, entry.actor_id, person.email, entry.metadata, entry.request_id
FROM audit_logs entry
LEFT JOIN users person ON person.organization_id = entry.organization_id AND person.id = entry.actor_id
WHERE entry.organization_id = $1
  AND ($2::timestamptz IS NULL OR (entry.created_at, entry.id) > ($2, $3))
  AND ($4::timestamptz IS NULL OR entry.created_at >= $4)
  AND ($5::timestamptz IS NULL OR entry.created_at < $5)
  AND ($6::text IS NULL OR entry.action = $6)
  AND ($7::uuid IS NULL OR entry.actor_id = $7)
ORDER BY entry.created_at, entry.id
LIMIT $8";

pub(super) async fn run(settings: &Settings, action: Action) -> Result<(), Failure> {
    let Action::Export(arguments) = action;
    let databases = Databases::open(settings).await?;
    let done = perform(&databases, &arguments).await;
    databases.close().await;
    done
}

async fn perform(databases: &Databases, arguments: &Export) -> Result<(), Failure> {
    let owner = databases.connect_owner().await?;
    let organization = find_organization(&owner, &arguments.organization).await?;
    let trail = Trail::open(&owner, organization, arguments).await?;
    match &arguments.output {
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            trail.write(&mut out).await?;
        }
        Some(path) => {
            // It tells of people: for the operator's eyes alone.
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            trail.write(&mut BufWriter::new(file)).await?;
        }
    }
    owner.close().await?;
    Ok(())
}

/// The entries that are wanted, as they all are at one moment.
struct Trail<'a> {
    snapshot: DatabaseTransaction,
    organization: Uuid,
    actor: Option<Uuid>,
    wanted: &'a Export,
}

impl<'a> Trail<'a> {
    async fn open(
        owner: &DatabaseConnection,
        organization: Uuid,
        wanted: &'a Export,
    ) -> Result<Self, Failure> {
        let snapshot = owner
            .begin_with_config(
                Some(IsolationLevel::RepeatableRead),
                Some(AccessMode::ReadOnly),
            )
            .await?;
        snapshot
            .execute_unprepared(&format!(
                // Planned for the values: what is not asked for shall not keep the index from the next page.
                "SET LOCAL app.organization_id = '{organization}'; SET LOCAL plan_cache_mode = force_custom_plan"
            ))
            .await?;
        let actor = match &wanted.actor {
            None => None,
            Some(name) => Some(match Uuid::try_parse(name) {
                Ok(id) => id,
                Err(_) => find_actor(&snapshot, wanted, name).await?,
            }),
        };
        Ok(Self {
            snapshot,
            organization,
            actor,
            wanted,
        })
    }

    async fn write(self, out: &mut impl Write) -> Result<(), Failure> {
        let mut last = None;
        loop {
            let page = self.page(last).await?;
            for row in &page {
                serde_json::to_writer(&mut *out, &line(row)?).map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
            }
            match page.last() {
                Some(row) if page.len() == PAGE => {
                    last = Some((row.try_get("", "created_at")?, row.try_get("", "id")?));
                }
                _ => break,
            }
        }
        out.flush()?;
        Ok(self.snapshot.commit().await?)
    }

    async fn page(&self, last: Option<(DateTime<Utc>, Uuid)>) -> Result<Vec<QueryResult>, Failure> {
        let (moment, id) = last.unzip();
        let statement = Statement::from_sql_and_values(
            self.snapshot.get_database_backend(),
            ENTRIES,
            [
                self.organization.into(),
                moment.into(),
                id.into(),
                self.wanted.since.into(),
                self.wanted.until.into(),
                self.wanted.action.clone().into(),
                self.actor.into(),
                i64::try_from(PAGE).unwrap_or(i64::MAX).into(),
            ],
        );
        Ok(self.snapshot.query_all_raw(statement).await?)
    }
}

/// An address is of one account, in the bin or not.
async fn find_actor(
    snapshot: &DatabaseTransaction,
    wanted: &Export,
    email: &str,
) -> Result<Uuid, Failure> {
    let found = snapshot
        .query_one_raw(Statement::from_sql_and_values(
            snapshot.get_database_backend(),
            "SELECT id FROM users WHERE lower(email) = lower($1)",
            [email.into()],
        ))
        .await?
        .ok_or_else(|| Failure::NoUser {
            organization: wanted.organization.clone(),
            email: email.to_owned(),
        })?;
    Ok(found.try_get("", "id")?)
}

/// An entry. The names are a contract: whoever reads exports knows the old ones too.
fn line(row: &QueryResult) -> Result<Value, Failure> {
    let moment: DateTime<Utc> = row.try_get("", "created_at")?;
    Ok(json!({
        "id": row.try_get::<Uuid>("", "id")?,
        "createdAt": moment.to_rfc3339_opts(SecondsFormat::Micros, true),
        "action": row.try_get::<String>("", "action")?,
        "resourceType": row.try_get::<String>("", "resource_type")?,
        "resourceId": row.try_get::<Option<Uuid>>("", "resource_id")?,
        "actorId": row.try_get::<Option<Uuid>>("", "actor_id")?,
        "actorEmail": row.try_get::<Option<String>>("", "email")?,
        "metadata": row.try_get::<Value>("", "metadata")?,
        "requestId": row.try_get::<Option<String>>("", "request_id")?,
    }))
}

/// A day begins at midnight in UTC.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.to_utc())
        .map_err(|_| {
            "this is neither a day, as 2026-11-01, nor a moment, as 2026-11-01T12:00:00Z".to_owned()
        })
}
