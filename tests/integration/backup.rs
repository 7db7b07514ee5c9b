//! The backup that docs/operations.md describes, made and restored.

use std::process::{Command, Output};

use sea_orm::ConnectionTrait;
use support::{Cluster, TestDatabase, column, value};

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(Cluster::shared().postgres().binaries().join(program))
        .args(arguments)
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_dump_restores_every_row_and_every_wall() {
    let original = TestDatabase::demo().await;
    let restored = TestDatabase::empty().await;
    // The owner's empty database has an empty schema of its own; a restore brings it along.
    let dump = std::env::temp_dir().join(format!(
        "fieldgraph-tests-{}/backup.dump",
        std::process::id()
    ));
    let dump = dump.to_str().unwrap();

    let made = run(
        "pg_dump",
        &["--format=custom", "--file", dump, &original.superuser_url()],
    );
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let back = run(
        "pg_restore",
        &[
            "--exit-on-error",
            "--dbname",
            &restored.superuser_url(),
            dump,
        ],
    );
    assert!(
        back.status.success(),
        "{}",
        String::from_utf8_lossy(&back.stderr)
    );

    let (before, after) = (original.superuser().await, restored.superuser().await);
    for table in entity::catalogue::tables() {
        let rows = format!("SELECT t::text FROM {} t ORDER BY 1", table.name);
        let rows_before: Vec<String> = column(&before, &rows).await;
        assert_eq!(
            column::<String, _>(&after, &rows).await,
            rows_before,
            "{}",
            table.name
        );
    }
    for catalogue in [
        "SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies ORDER BY 1",
        "SELECT relname || relrowsecurity || relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT concat_ws(' ', grantee, table_name, privilege_type) FROM information_schema.role_table_grants WHERE table_schema = 'public' ORDER BY 1",
        "SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    ] {
        let expected: Vec<String> = column(&before, catalogue).await;
        assert!(!expected.is_empty());
        assert_eq!(column::<String, _>(&after, catalogue).await, expected);
    }

    // The keys are made in another order by a restore; deleting an organization must not depend on it.
    after
        .execute_unprepared("DELETE FROM organizations WHERE slug = 'northwind'")
        .await
        .unwrap();
    assert_eq!(value::<i64, _>(&after, "SELECT count(DISTINCT organization_id) FROM photos WHERE organization_id NOT IN (SELECT id FROM organizations)").await, 0);
}

#[tokio::test]
async fn a_dump_by_a_role_behind_the_walls_is_refused_and_not_silently_empty() {
    let database = TestDatabase::demo().await;
    let refused = run("pg_dump", &["--data-only", &database.owner_url()]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("row-level security"), "{said}");
}
