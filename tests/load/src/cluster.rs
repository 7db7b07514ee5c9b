//! A private PostgreSQL with the rows: seeded once, copied anew for each run, with a role for each engine.

use std::path::Path;
use std::time::Instant;

use fieldgraph::database::private_postgres::{Options, PrivatePostgres};
use fieldgraph::database::{OWNER_ROLE, connect, create_database};
use migration::Migrator;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::engine::{Engine, Running};
use crate::{Failure, say};

/// The copy that is measured.
const DATABASE: &str = "load";

/// What PostgreSQL's defaults would disturb: a checkpoint, a vacuum or the disk's answer in the middle of a measurement. Kept
/// from start to start by PostgreSQL itself.
const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "512MB"),
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "1h"),
    ("synchronous_commit", "off"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// The running PostgreSQL, and the superuser's connection to the copy.
pub struct Cluster {
    postgres: PrivatePostgres,
    superuser: DatabaseConnection,
}

impl Cluster {
    /// Starts it, with that many photos.
    pub async fn start(folder: &Path, photos: u64) -> Result<Self, Failure> {
        let options = Options {
            folder: folder.to_owned(),
            durable: true,
            programs: std::env::var_os("FIELDGRAPH_POSTGRES_BIN").map(Into::into),
            account: None,
            max_connections: 200,
        };
        let mut postgres = PrivatePostgres::start(&options)?;
        if settle(&postgres).await? {
            postgres.stop();
            postgres = PrivatePostgres::start(&options)?;
        }
        let template = seeded(&postgres, photos).await?;
        say("copying the database");
        let maintenance = connect(&postgres.url(postgres.superuser(), "postgres"), 1).await?;
        for statement in [
            format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"),
            format!(
                "CREATE DATABASE {DATABASE} TEMPLATE {template} OWNER {OWNER_ROLE} STRATEGY file_copy"
            ),
            "CHECKPOINT".to_owned(),
        ] {
            maintenance.execute_unprepared(&statement).await?;
        }
        maintenance.close().await?;
        let superuser = connect(&postgres.url(postgres.superuser(), DATABASE), 2).await?;
        Ok(Self {
            postgres,
            superuser,
        })
    }

    /// Whom no wall stops: to see what really is there.
    pub fn superuser(&self) -> &DatabaseConnection {
        &self.superuser
    }

    /// The version, for the description of the machine.
    pub fn postgres_version(&self) -> String {
        self.postgres.server_version().to_string()
    }

    /// Makes an engine's role, so that its connections can be told from others, and runs its `setup.sql`. Answers with the URL.
    pub async fn admit(&self, engine: &Engine) -> Result<String, Failure> {
        let role = engine.role();
        let exists = Statement::from_sql_and_values(
            self.superuser.get_database_backend(),
            "SELECT 1 FROM pg_roles WHERE rolname = $1",
            [role.as_str().into()],
        );
        if self.superuser.query_one_raw(exists).await?.is_none() {
            let made = format!("CREATE ROLE {role} LOGIN NOINHERIT");
            self.superuser.execute_unprepared(&made).await?;
        }
        let rights = if engine.bypasses_walls() {
            format!(
                "ALTER ROLE {role} BYPASSRLS; GRANT SELECT ON organizations, users, projects, photos TO {role};
                 GRANT SELECT, INSERT ON detections, tags, audit_logs TO {role};"
            )
        } else {
            format!(
                "ALTER ROLE {role} NOBYPASSRLS; GRANT org_admin, org_user, session_keeper TO {role};"
            )
        };
        self.superuser.execute_unprepared(&rights).await?;
        if let Some(setup) = engine.setup() {
            self.superuser.execute_unprepared(setup).await?;
        }
        // A host that is a folder, in a form that every driver reads.
        let folder = self.postgres.socket_directory().to_string_lossy();
        Ok(format!(
            "postgresql://{role}@{}:5432/{DATABASE}",
            utf8_percent_encode(&folder, NON_ALPHANUMERIC)
        ))
    }

    /// The processes of PostgreSQL that work for an engine.
    pub async fn backends(&self, engine: &Running) -> Result<Vec<u32>, Failure> {
        let rows = self
            .superuser
            .query_all_raw(Statement::from_sql_and_values(
                self.superuser.get_database_backend(),
                "SELECT pid FROM pg_stat_activity WHERE usename = $1",
                [engine.role().into()],
            ))
            .await?;
        rows.iter()
            .map(|row| Ok(row.try_get::<i32>("", "pid")?.cast_unsigned()))
            .collect()
    }

    /// Ends PostgreSQL, once all engines have ended.
    pub async fn stop(self) {
        // It goes with the server anyhow.
        let _ = self.superuser.close().await;
        self.postgres.stop();
    }
}

/// Writes the settings, if they are not in force; whether a new start is needed.
async fn settle(postgres: &PrivatePostgres) -> Result<bool, Failure> {
    let superuser = connect(&postgres.url(postgres.superuser(), "postgres"), 1).await?;
    let mut changed = false;
    for (name, value) in SETTINGS {
        let shown = Statement::from_string(
            superuser.get_database_backend(),
            format!("SELECT current_setting('{name}') AS value"),
        );
        let found = superuser.query_one_raw(shown).await?;
        let found = found
            .map(|row| row.try_get::<String>("", "value"))
            .transpose()?;
        if found.as_deref() != Some(value) {
            let set = format!("ALTER SYSTEM SET {name} = '{value}'");
            superuser.execute_unprepared(&set).await?;
            changed = true;
        }
    }
    superuser.close().await?;
    Ok(changed)
}

/// The name of the database with that many photos in this version of the schema, made by the first run that needs it.
async fn seeded(postgres: &PrivatePostgres, photos: u64) -> Result<String, Failure> {
    let name = format!("seeded_{photos}");
    create_database(postgres, &name).await?;
    let url = postgres.url(OWNER_ROLE, &name);
    let migrator = Migrator::connect(&url).await?;
    migrator.up(None).await?;
    migrator.finish().await?;
    let begun = Instant::now();
    say(&format!("{photos} photos, with all that hangs under them"));
    let bulk = fieldgraph::seed::bulk(&url, photos, &|_, _| ()).await?;
    if bulk.rows_written > 0 {
        say(&format!(
            "{} rows written in {:.0} s",
            bulk.rows_written,
            begun.elapsed().as_secs_f64()
        ));
    }
    Ok(name)
}
