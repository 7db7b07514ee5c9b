//! Changes go up and down without leaving a trace, by however many migrators, and whole or not at all.

use std::process::Command;

use fieldgraph::database::private_postgres::{Options, PrivatePostgres};
use fieldgraph::database::{GATEWAY_ROLE, OWNER_ROLE, connect, create_database};
use migration::{Migrator, status};
use sea_orm::ConnectionTrait;
use support::{Cluster, TestDatabase, column, value};

const CHANGES: [&str; 19] = [
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

/// The schema of a database as `pg_dump` writes it, but for the migrator's own table.
fn dump(url: &str, further: &[&str]) -> String {
    let dumped = Command::new(Cluster::shared().postgres().binaries().join("pg_dump"))
        .args(["--schema-only", "--exclude-table=seaql_migrations"])
        .args(further)
        .arg(format!("--dbname={url}"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&dumped.stderr);
    assert!(dumped.status.success(), "pg_dump: {error}");
    // A word made up for each dump, so that psql can tell the dump from what is in it.
    let random = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    let lines: Vec<&str> = std::str::from_utf8(&dumped.stdout)
        .unwrap()
        .lines()
        .filter(random)
        .collect();
    lines.join("\n")
}

/// Fails with the first line in which two dumps differ: whole dumps are too long to read.
#[track_caller]
fn assert_same(dumped: &str, expected: &str, what: &str) {
    let difference = dumped
        .lines()
        .zip(expected.lines())
        .find(|(line, other)| line != other);
    assert!(difference.is_none(), "{what}: {difference:?}");
    assert_eq!(dumped.len(), expected.len(), "{what}: one goes on");
}

async fn applied(database: &TestDatabase) -> Vec<String> {
    let steps = status(&database.superuser().await).await.unwrap();
    assert_eq!(steps.len(), CHANGES.len());
    steps
        .into_iter()
        .filter(|step| step.applied)
        .map(|step| step.name)
        .collect()
}

#[tokio::test]
async fn all_changes_go_up_and_down_without_a_trace() {
    // Its template holds the roles of the cluster for the tests that run beside this one.
    let _keeper = TestDatabase::migrated().await;
    let database = TestDatabase::empty().await;
    let migrator = Migrator::connect(&database.owner_url()).await.unwrap();
    let empty = dump(&database.superuser_url(), &[]);
    migrator.up(None).await.unwrap();
    let full = dump(&database.superuser_url(), &[]);
    assert!(full.contains("CREATE TABLE public.file_uploads"));
    migrator.down(None).await.unwrap();
    assert_same(&dump(&database.superuser_url(), &[]), &empty, "down");
    migrator.up(None).await.unwrap();
    assert_same(&dump(&database.superuser_url(), &[]), &full, "up again");
    migrator.finish().await.unwrap();
}

#[tokio::test]
async fn every_change_goes_up_and_down_without_a_trace() {
    // Its template holds the roles of the cluster for the tests that run beside this one.
    let _keeper = TestDatabase::migrated().await;
    let database = TestDatabase::empty().await;
    let migrator = Migrator::connect(&database.owner_url()).await.unwrap();
    let mut before = dump(&database.superuser_url(), &[]);
    for change in CHANGES {
        migrator.up(Some(1)).await.unwrap();
        let after = dump(&database.superuser_url(), &[]);
        assert_ne!(after, before, "{change} changes nothing");
        migrator.down(Some(1)).await.unwrap();
        assert_same(&dump(&database.superuser_url(), &[]), &before, change);
        migrator.up(Some(1)).await.unwrap();
        assert_same(&dump(&database.superuser_url(), &[]), &after, change);
        before = after;
    }
    assert_eq!(applied(&database).await, CHANGES);
    migrator.finish().await.unwrap();
}

#[tokio::test]
async fn ten_migrators_at_once_apply_the_schema_once() {
    let database = TestDatabase::empty().await;
    let mut migrators = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let url = database.owner_url();
        migrators.spawn(async move {
            let migrator = Migrator::connect(&url).await?;
            migrator.up(None).await?;
            migrator.finish().await
        });
    }
    for migrated in migrators.join_all().await {
        migrated.unwrap();
    }
    let superuser = database.superuser().await;
    let versions: Vec<String> = column(
        &superuser,
        "SELECT version FROM seaql_migrations ORDER BY version",
    )
    .await;
    assert_eq!(versions, CHANGES);
    let alone = TestDatabase::migrated().await;
    assert_same(
        &dump(&database.superuser_url(), &[]),
        &dump(&alone.superuser_url(), &[]),
        "by ten",
    );
}

#[tokio::test]
async fn a_change_that_fails_leaves_nothing_behind() {
    let database = TestDatabase::empty().await;
    let superuser = database.superuser().await;
    let migrator = Migrator::connect(&database.owner_url()).await.unwrap();
    // It stands in the way of the last table of 0003: two tables are made before it.
    superuser
        .execute_unprepared(&format!(
            "CREATE TABLE tags (); ALTER TABLE tags OWNER TO {OWNER_ROLE}"
        ))
        .await
        .unwrap();
    migrator.up(Some(2)).await.unwrap();
    let before = dump(&database.superuser_url(), &[]);
    let failed = migrator.up(None).await.unwrap_err();
    assert!(
        failed.to_string().contains("\"tags\" already exists"),
        "{failed}"
    );
    assert_same(
        &dump(&database.superuser_url(), &[]),
        &before,
        "the change that failed",
    );
    assert_eq!(applied(&database).await, CHANGES[..2]);

    superuser
        .execute_unprepared("DROP TABLE tags")
        .await
        .unwrap();
    migrator.up(None).await.unwrap();
    migrator.finish().await.unwrap();
    assert_eq!(applied(&database).await, CHANGES);
    let smooth = TestDatabase::migrated().await;
    assert_same(
        &dump(&database.superuser_url(), &[]),
        &dump(&smooth.superuser_url(), &[]),
        "after the obstacle",
    );
}

/// The type of an embedding, and the index on it.
async fn embedding(database: &TestDatabase) -> (String, Vec<String>) {
    let superuser = database.superuser().await;
    let kind = value(
        &superuser,
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = 'document_chunks'::regclass AND attname = 'embedding'",
    )
    .await;
    let indexes = column(
        &superuser,
        "SELECT indexrelid::regclass::text FROM pg_index
         JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey) WHERE indrelid = 'document_chunks'::regclass AND attname = 'embedding'",
    )
    .await;
    (kind, indexes)
}

#[tokio::test]
async fn an_embedding_is_a_vector_where_pgvector_is_and_an_array_where_not() {
    let found = embedding(&TestDatabase::migrated().await).await;
    let database = TestDatabase::empty().await;
    let superuser = database.superuser().await;
    let available: i64 = value(
        &superuser,
        "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'",
    )
    .await;
    let array = ("real[]".to_owned(), Vec::new());
    if available == 1 {
        let vector = (
            "vector(384)".to_owned(),
            vec!["document_chunks_embedding_index".to_owned()],
        );
        assert_eq!(found, vector);
    } else {
        assert_eq!(found, array);
    }

    superuser
        .execute_unprepared(&format!(
            "ALTER DATABASE {} SET fieldgraph.without_pgvector = 'on'",
            database.name()
        ))
        .await
        .unwrap();
    let migrator = Migrator::connect(&database.owner_url()).await.unwrap();
    migrator.up(None).await.unwrap();
    migrator.finish().await.unwrap();
    assert_eq!(embedding(&database).await, array);
    // An array says itself how long it may be; a vector's type does.
    let checked: Vec<String> = column(
        &superuser,
        "SELECT conname::text FROM pg_constraint WHERE conname = 'document_chunks_embedding_dimensions'",
    )
    .await;
    assert_eq!(checked.len(), 1);
}

#[tokio::test]
async fn the_status_tells_what_is_applied_and_writes_nothing() {
    let database = TestDatabase::empty().await;
    let superuser = database.superuser().await;
    assert_eq!(applied(&database).await, Vec::<String>::new());
    let tables: i64 = value(
        &superuser,
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    )
    .await;
    assert_eq!(tables, 0);

    let migrator = Migrator::connect(&database.owner_url()).await.unwrap();
    migrator.up(Some(3)).await.unwrap();
    assert_eq!(applied(&database).await, CHANGES[..3]);
    migrator.up(None).await.unwrap();
    assert_eq!(applied(&database).await, CHANGES);
    let seen = migrator.status().await.unwrap();
    assert_eq!(seen, status(&superuser).await.unwrap());
    migrator.finish().await.unwrap();
}

#[tokio::test]
async fn a_database_that_goes_down_leaves_the_roles_to_its_neighbours() {
    // A cluster of its own: what is tried here would take the roles from the tests beside it.
    let options = Options {
        folder: Cluster::shared().postgres().folder().join("neighbours"),
        durable: false,
        programs: support::chosen_programs(),
        account: None,
        max_connections: 20,
    };
    let postgres = tokio::task::spawn_blocking(move || PrivatePostgres::start(&options).unwrap())
        .await
        .unwrap();
    for name in ["leaving", "staying"] {
        create_database(&postgres, name).await.unwrap();
        let migrator = Migrator::connect(&postgres.url(OWNER_ROLE, name))
            .await
            .unwrap();
        migrator.up(None).await.unwrap();
        migrator.finish().await.unwrap();
    }
    let migrator = Migrator::connect(&postgres.url(OWNER_ROLE, "leaving"))
        .await
        .unwrap();
    migrator.down(None).await.unwrap();
    migrator.finish().await.unwrap();
    let gateway = connect(&postgres.url(GATEWAY_ROLE, "staying"), 1)
        .await
        .unwrap();
    for role in ["org_user", "org_admin"] {
        let seen: i64 = async {
            gateway
                .execute_unprepared(&format!("SET ROLE {role}"))
                .await
                .unwrap();
            value(&gateway, "SELECT count(*) FROM roles").await
        }
        .await;
        assert_eq!(seen, 10, "{role}");
    }
    gateway.close().await.unwrap();
    tokio::task::spawn_blocking(move || drop(postgres))
        .await
        .unwrap();
}
