//! `fieldgraph doctor`: what is configured, what is reachable, and whether the walls between tenants really stand.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use serde::Serialize;

use super::Failure;
use crate::auth::{Verifier, VerifierError};
use crate::database::private_postgres::find_binaries;
use crate::database::{DatabaseRole, Databases, GatewayPools};
use crate::settings::{DatabaseSettings, Settings, without_password};

/// How to answer.
#[derive(Args)]
pub struct Arguments {
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Bad,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    name: &'static str,
    verdict: Verdict,
    detail: String,
}

/// What was found so far.
#[derive(Default, Serialize)]
struct Examination {
    findings: Vec<Finding>,
}

impl Examination {
    fn note(&mut self, name: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.findings.push(Finding {
            name,
            verdict,
            detail: detail.into(),
        });
    }

    /// Good with its detail, or bad with the sentence of the error.
    fn note_result<E: std::fmt::Display>(&mut self, name: &'static str, result: Result<String, E>) {
        match result {
            Ok(detail) => self.note(name, Verdict::Good, detail),
            Err(error) => self.note(name, Verdict::Bad, error.to_string()),
        }
    }
}

/// Exits with 1 when something is bad.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> Result<ExitCode, Failure> {
    let mut examination = Examination::default();
    examine_settings(settings, &mut examination);
    examination.note_result("tokens", examine_tokens(settings).await);
    match Databases::open(settings).await {
        Err(error) => examination.note("database", Verdict::Bad, error.to_string()),
        Ok(databases) => {
            examine_databases(settings, &databases, &mut examination).await;
            databases.close().await;
        }
    }
    print(&examination, arguments.json)?;
    let bad = examination
        .findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Bad);
    Ok(ExitCode::from(u8::from(bad)))
}

fn print(examination: &Examination, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    if json {
        serde_json::to_writer_pretty(&mut out, examination).map_err(std::io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    for finding in &examination.findings {
        let mark = match finding.verdict {
            Verdict::Good => "good   ",
            Verdict::Warning => "warning",
            Verdict::Bad => "bad    ",
        };
        writeln!(out, "{mark}  {:<20}  {}", finding.name, finding.detail)?;
    }
    Ok(())
}

fn examine_settings(settings: &Settings, examination: &mut Examination) {
    examination.note("version", Verdict::Good, env!("CARGO_PKG_VERSION"));
    examination.note("listen", Verdict::Good, settings.listen.to_string());
    examination.note(
        "data folder",
        Verdict::Good,
        settings.data_dir.display().to_string(),
    );
    match &settings.database {
        DatabaseSettings::Private { programs, .. } => examination.note_result(
            "postgres programs",
            find_binaries(programs.as_deref()).map(|folder| folder.display().to_string()),
        ),
        DatabaseSettings::Given { gateway, owner } => {
            let place = without_password(gateway.expose());
            examination.note("gateway connects to", Verdict::Good, place);
            match owner {
                Some(owner) => {
                    let place = without_password(owner.expose());
                    examination.note("owner connects to", Verdict::Good, place);
                }
                None => examination.note(
                    "owner connects to",
                    Verdict::Warning,
                    "MIGRATION_DATABASE_URL is not set: the schema cannot be examined or migrated from here",
                ),
            }
        }
    }
}

async fn examine_tokens(settings: &Settings) -> Result<String, VerifierError> {
    Verifier::new(settings)?.describe().await
}

async fn examine_databases(
    settings: &Settings,
    databases: &Databases,
    examination: &mut Examination,
) {
    if let Some(private) = databases.private() {
        examination.note(
            "private database",
            Verdict::Good,
            format!(
                "in {}, log {}",
                private.folder().display(),
                private.log_file().display()
            ),
        );
    }
    if let Ok(url) = databases.owner_url() {
        match crate::database::connect(url, 1).await {
            Err(error) => examination.note("owner", Verdict::Bad, error.to_string()),
            Ok(owner) => {
                examine_schema(&owner, examination).await;
                // Nothing is lost with a session that only read.
                let _ = owner.close().await;
            }
        }
    }
    match GatewayPools::new(databases.gateway_url(), 1) {
        Err(error) => examination.note("gateway", Verdict::Bad, error.to_string()),
        Ok(pools) => {
            for (name, role, rows) in [
                ("gateway as admin", DatabaseRole::Admin, "photos"),
                ("gateway as member", DatabaseRole::Member, "photos"),
                ("gateway as keeper", DatabaseRole::Keeper, "user_roles"),
            ] {
                let found = examine_role(pools.of(role), rows).await;
                match found {
                    Ok(detail) => examination.note(name, Verdict::Good, detail),
                    Err(error) => examination.note(name, Verdict::Bad, error),
                }
            }
            pools.close().await;
        }
    }
    if databases.private().is_none() && settings.demo {
        examination.note(
            "demo",
            Verdict::Warning,
            "an empty database would get demo data with a known password: set FIELDGRAPH_DEMO=false",
        );
    }
}

async fn examine_schema(owner: &DatabaseConnection, examination: &mut Examination) {
    examination.note_result(
        "server",
        text(owner, "SELECT split_part(version(), ' on ', 1)").await,
    );
    let enough = text(
        owner,
        "SELECT (current_setting('server_version_num')::int >= 150000)::text",
    )
    .await;
    if enough.is_ok_and(|enough| enough == "false") {
        examination.note(
            "server version",
            Verdict::Bad,
            "PostgreSQL 15 or newer is needed",
        );
    }
    match migration::status(owner).await {
        Err(error) => examination.note("schema", Verdict::Bad, error.to_string()),
        Ok(steps) => {
            let missing = steps.iter().filter(|step| !step.applied).count();
            if missing == 0 {
                examination.note(
                    "schema",
                    Verdict::Good,
                    format!("has all {} changes", steps.len()),
                );
            } else {
                examination.note(
                    "schema",
                    Verdict::Bad,
                    format!(
                        "lacks {missing} of {} changes: run fieldgraph migrate up",
                        steps.len()
                    ),
                );
                return;
            }
        }
    }
    examination.note_result(
        "embeddings",
        text(
            owner,
            "SELECT CASE WHEN format_type(atttypid, atttypmod) LIKE 'vector%' THEN 'pgvector: nearest chunks by exact search with its operator'
               ELSE 'arrays: nearest chunks by exact search (pgvector is not installed)' END
             FROM pg_attribute WHERE attrelid = 'document_chunks'::regclass AND attname = 'embedding'",
        )
        .await,
    );
    examination.note_result(
        "time series",
        text(
            owner,
            "SELECT CASE WHEN relkind = 'p' THEN 'partitions by month, up to ' || (SELECT right(max(inhrelid::regclass::text), 7) FROM pg_inherits
                 WHERE inhparent = 'processing_events'::regclass AND inhrelid::regclass::text ~ '\\d{4}_\\d{2}$')
               ELSE 'TimescaleDB hypertable' END
             FROM pg_class WHERE oid = 'processing_events'::regclass",
        )
        .await,
    );
    examine_walls(owner, examination).await;
}

/// Every table with an organization must have row-level security enabled, forced, and a policy.
async fn examine_walls(owner: &DatabaseConnection, examination: &mut Examination) {
    let open = text(
        owner,
        "SELECT coalesce(string_agg(class.relname, ', ' ORDER BY class.relname), '')
         FROM pg_class class
         WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
           AND (class.relname = 'organizations'
             OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = 'organization_id'))
           AND NOT (class.relrowsecurity AND class.relforcerowsecurity
             AND (class.relispartition OR EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid AND polpermissive)))",
    )
    .await;
    match open {
        Err(error) => examination.note("row-level security", Verdict::Bad, error.to_string()),
        Ok(tables) if tables.is_empty() => examination.note(
            "row-level security",
            Verdict::Good,
            "enabled and forced on every tenant table",
        ),
        Ok(tables) => examination.note(
            "row-level security",
            Verdict::Bad,
            format!("does not stand on {tables}"),
        ),
    }
}

/// The gateway's role must see nothing without a tenant and must have no way round the walls.
async fn examine_role(pool: &DatabaseConnection, rows: &str) -> Result<String, String> {
    let sentence = |error: DbErr| error.to_string();
    let powers = text(
        pool,
        "SELECT concat_ws(', ', CASE WHEN rolsuper THEN 'is a superuser' END, CASE WHEN rolbypassrls THEN 'bypasses row-level security' END,
           CASE WHEN EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = session_user) THEN 'owns tables' END)
         FROM pg_roles WHERE rolname = session_user",
    )
    .await
    .map_err(sentence)?;
    if !powers.is_empty() {
        return Err(format!(
            "the role in DATABASE_URL {powers}: use fieldgraph_gateway, or a role like it"
        ));
    }
    let seen = text(
        pool,
        &format!(
            "SELECT ((SELECT count(*) FROM organizations) + (SELECT count(*) FROM {rows}))::text"
        ),
    )
    .await
    .map_err(sentence)?;
    if seen == "0" {
        text(
            pool,
            "SELECT session_user || ' as ' || current_user || ' sees nothing without a tenant'",
        )
        .await
        .map_err(sentence)
    } else {
        Err(format!("sees {seen} rows without a tenant"))
    }
}

/// The first column of the only row, as text.
async fn text(connection: &DatabaseConnection, sql: &str) -> Result<String, DbErr> {
    connection
        .query_one_raw(Statement::from_string(
            connection.get_database_backend(),
            sql,
        ))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("no row".to_owned()))?
        .try_get_by_index(0)
}
