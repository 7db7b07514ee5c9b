//! The history of the schema. Each change is a pair of SQL files in `changes/`; nothing here knows the entities, so
//! that an old change keeps meaning what it meant on the day it was written.
//!
//! PostgreSQL runs each change in a transaction of its own: it is applied whole or not at all. Migrators take an advisory
//! lock first, so that any number of them may start at the same moment.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// One change: its name and the SQL that makes and unmakes it.
#[derive(Clone, Copy)]
struct Change {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! changes {
    ($($name:literal),* $(,)?) => {
        &[$(Change {
            name: $name,
            up: include_str!(concat!("changes/", $name, ".up.sql")),
            down: include_str!(concat!("changes/", $name, ".down.sql")),
        }),*]
    };
}

/// Every change, in the order in which they are applied. A change that was released is never edited: add another.
const CHANGES: &[Change] = changes![
    "0001_foundation",
    "0002_tenancy",
    "0003_photos",
    "0004_processing_events",
    "0005_validation",
    "0006_knowledge",
    "0007_agents",
    "0008_uploads",
    "0009_idempotency_keys",
    "0010_member_lists",
    "0011_own_roles",
    "0012_people",
    "0013_sessions",
    "0014_orphans",
    "0015_bins",
    "0016_validation_rules",
    "0017_document_access",
    "0018_private_conversations",
    "0019_upload_rules",
];

impl MigrationName for Change {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Change {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(self.down)
            .await?;
        Ok(())
    }
}

struct Changes;

impl MigratorTrait for Changes {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        CHANGES
            .iter()
            .map(|change| Box::new(*change) as Box<dyn MigrationTrait>)
            .collect()
    }
}

/// How far a database is: each change and whether it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name of the change.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Applies and takes back changes on the database of one URL, one migrator at a time.
pub struct Migrator {
    connection: DatabaseConnection,
}

impl Migrator {
    /// Names the lock among the advisory locks of a database: "fieldgra" in ASCII.
    const LOCK: i64 = 0x6669_656c_6467_7261;

    /// Connects as the owner of the tables and waits until no other migrator is at work.
    pub async fn connect(owner_url: &str) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(owner_url);
        // One connection, so that the lock (which belongs to a session) and the changes share it.
        options
            .min_connections(1)
            .max_connections(1)
            .sqlx_logging(false);
        let connection = Database::connect(options).await?;
        connection
            .execute_unprepared(&format!("SELECT pg_advisory_lock({})", Self::LOCK))
            .await?;
        Ok(Self { connection })
    }

    /// Applies the next `steps` changes, or all that are missing.
    pub async fn up(&self, steps: Option<u32>) -> Result<(), DbErr> {
        Changes::up(&self.connection, steps).await
    }

    /// Takes back the last `steps` changes, or all of them, with every row in their tables.
    pub async fn down(&self, steps: Option<u32>) -> Result<(), DbErr> {
        Changes::down(&self.connection, steps).await
    }

    /// Which changes the database has.
    pub async fn status(&self) -> Result<Vec<Step>, DbErr> {
        status(&self.connection).await
    }

    /// Lets the next migrator work.
    pub async fn finish(self) -> Result<(), DbErr> {
        self.connection.close().await
    }
}

/// Which changes a database has, without the lock and without writing anything.
pub async fn status(connection: &DatabaseConnection) -> Result<Vec<Step>, DbErr> {
    let changes = Changes::get_migration_with_status_read_only(connection).await?;
    Ok(changes
        .iter()
        .map(|change| Step {
            name: change.name().to_owned(),
            applied: change.status() == sea_orm_migration::MigrationStatus::Applied,
        })
        .collect())
}
