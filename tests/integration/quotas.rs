//! What is used of quotas always equals what is there, whoever writes, however many at once, and whatever becomes of it.

use fieldgraph::database::{DatabaseRole, GatewayPools};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use support::{Caller, TestDatabase, column, execute, refusal, value};
use uuid::Uuid;

use crate::constraints::arena::populated;

/// Counts everything again, of all organizations, and compares.
async fn assert_exact(superuser: &DatabaseConnection, after: &str) {
    let wrong: Vec<String> = column(
        superuser,
        "SELECT format('%s says %s, and has %s', slug, said, counted)
         FROM organizations
         LEFT JOIN quota_usages usage ON usage.organization_id = organizations.id
         CROSS JOIN LATERAL (SELECT ROW(usage.active_users::bigint, usage.projects::bigint, usage.stored_bytes::numeric)::text) AS told (said)
         CROSS JOIN LATERAL (SELECT ROW(
           (SELECT count(*) FROM users WHERE organization_id = organizations.id AND is_active AND deleted_at IS NULL),
           (SELECT count(*) FROM projects WHERE organization_id = organizations.id AND deleted_at IS NULL),
           (SELECT coalesce(sum(file_size_bytes), 0) FROM (
             SELECT organization_id, file_size_bytes FROM photos WHERE status = 'stored'
             UNION ALL SELECT organization_id, file_size_bytes FROM documents
             UNION ALL SELECT organization_id, file_size_bytes FROM assessment_documents
             UNION ALL SELECT organization_id, file_size_bytes FROM file_uploads WHERE status = 'completed'
           ) stored WHERE stored.organization_id = organizations.id))::text) AS recount (counted)
         WHERE said IS DISTINCT FROM counted",
    )
    .await;
    assert!(wrong.is_empty(), "after {after}: {}", wrong.join("; "));
}

async fn organization(superuser: &DatabaseConnection, slug: &str) -> Uuid {
    let sql = format!("SELECT id FROM organizations WHERE slug = '{slug}'");
    value(superuser, &sql).await
}

#[tokio::test]
async fn whatever_becomes_of_rows_is_counted() {
    let database = populated().await;
    let superuser = database.superuser().await;
    assert_exact(&superuser, "the demo").await;
    for statement in [
        "UPDATE photos SET file_size_bytes = file_size_bytes + 1000",
        "UPDATE photos SET file_size_bytes = NULL WHERE width IS NOT NULL AND id::text < '8'",
        "UPDATE photos SET status = 'pending', uploaded_at = NULL WHERE id::text > 'c'",
        "UPDATE photos SET status = 'stored', uploaded_at = now(), deleted_at = now()",
        "UPDATE users SET is_active = NOT is_active WHERE username LIKE '%r' AND username NOT LIKE '%admin'",
        "UPDATE users SET deleted_at = now() WHERE username LIKE '%viewer'",
        "UPDATE projects SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE name < 'M'",
        "UPDATE projects SET status = 'archived'",
        "UPDATE documents SET file_size_bytes = 17 WHERE file_size_bytes IS NULL OR id::text < '8'",
        "UPDATE file_uploads SET status = 'skipped', is_duplicate = true WHERE status = 'pending'",
        "UPDATE file_uploads SET status = 'completed' WHERE status = 'uploading'",
        "DELETE FROM file_uploads WHERE id::text > 'c'",
        "DELETE FROM assessment_documents WHERE id::text < '8'",
        "DELETE FROM photos WHERE id::text < '4'",
        // By cascade: sessions with their files, assessments with their documents, projects with all that hangs under them.
        "DELETE FROM sync_sessions WHERE id::text < '8'",
        "DELETE FROM assessments WHERE id::text < '8'",
        "DELETE FROM conversations",
        "DELETE FROM projects WHERE name < 'M'",
        "DELETE FROM users WHERE username LIKE '%process_manager'",
        // Nothing at all.
        "UPDATE photos SET width = 1 WHERE false",
        "INSERT INTO organizations (name, slug) VALUES ('New', 'new')",
        "DELETE FROM organizations WHERE slug = 'alpine'",
    ] {
        execute(&superuser, statement, [])
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_exact(&superuser, statement).await;
        let transaction = superuser.begin().await.unwrap();
        execute(&transaction, "UPDATE photos SET file_size_bytes = 5", [])
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
    }
    assert_exact(&superuser, "what was rolled back").await;
    let left: i64 = value(&superuser, "SELECT count(*) FROM quota_usages").await;
    assert_eq!(left, 3, "northwind, harbor and the new one");
}

const TASKS: usize = 8;
const TURNS: usize = 20;

#[tokio::test]
async fn many_writers_at_once_neither_deadlock_nor_miscount() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    execute(
        &superuser,
        "UPDATE organizations SET max_users = 100000, max_projects = 100000",
        [],
    )
    .await
    .unwrap();
    let pools = GatewayPools::new(&database.gateway_url(), 8).unwrap();
    let caller = Caller {
        role: DatabaseRole::Admin,
        organization: Some(organization(&superuser, "northwind").await),
        user: None,
    };
    let work = |task: usize| {
        let (database, pools) = (&database, &pools);
        async move {
            for turn in 0..TURNS {
                let name = format!("{task}/{turn}");
                for statement in [
                    "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, status, uploaded_at)
                     SELECT organization_id, id, manager_id, 's3://', $1 || n, n, 'stored', now()
                     FROM projects, generate_series(1, 10) AS n WHERE name = 'Maple Street Reroof'",
                    "UPDATE photos SET file_size_bytes = file_size_bytes * 100 WHERE s3_key LIKE $1 || '%'",
                    "INSERT INTO users (organization_id, email, username) SELECT id, $1 || '@x.example', $1 FROM organizations",
                    "INSERT INTO projects (organization_id, name) SELECT id, $1 FROM organizations",
                    "UPDATE users SET is_active = false WHERE username = $1",
                    "UPDATE projects SET deleted_at = now() WHERE name = $1 AND length(name) = 3",
                    "UPDATE photos SET status = 'pending', uploaded_at = NULL WHERE s3_key LIKE $1 || '%' AND file_size_bytes > 500",
                ] {
                    let transaction = database.transaction(pools, caller).await;
                    execute(&transaction, statement, [name.clone().into()])
                        .await
                        .unwrap_or_else(|error| panic!("{statement}: {error}"));
                    transaction.commit().await.unwrap();
                }
            }
        }
    };
    let [a, b, c, d, e, f, g, h] = std::array::from_fn::<_, TASKS, _>(work);
    tokio::join!(a, b, c, d, e, f, g, h);
    assert_exact(&superuser, "everybody wrote").await;
    let new: i64 = value(
        &superuser,
        "SELECT count(*) FROM photos WHERE s3_url = 's3://'",
    )
    .await;
    assert_eq!(new, i64::try_from(TASKS * TURNS * 10).unwrap());
}

#[tokio::test]
async fn a_thousand_rows_are_one_update_of_what_is_used() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let version = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'quota_usages'";
    let transaction = superuser.begin().await.unwrap();
    for (statement, updates) in [
        (
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, status, uploaded_at)
             SELECT organization_id, id, manager_id, 's3://', 'bulk/' || n, n, 'stored', now()
             FROM projects, generate_series(1, 1000) AS n WHERE name = 'Maple Street Reroof'",
            1,
        ),
        // Not by what does not count.
        ("UPDATE photos SET width = 5, deleted_at = now()", 1),
        ("UPDATE users SET last_login_at = now()", 1),
        ("DELETE FROM photos WHERE s3_key LIKE 'bulk/%'", 2),
    ] {
        execute(&transaction, statement, []).await.unwrap();
        let counted: i64 = value(&transaction, version).await;
        assert_eq!(counted, updates, "{statement}");
    }
}

#[tokio::test]
async fn nobody_writes_what_is_used_by_hand() {
    let database = TestDatabase::demo().await;
    let superuser = database.superuser().await;
    let northwind = organization(&superuser, "northwind").await;
    let statements = [
        "UPDATE quota_usages SET active_users = active_users - 1".to_owned(),
        "UPDATE quota_usages SET projects = 0, updated_at = now()".to_owned(),
        "UPDATE quota_usages SET stored_bytes = stored_bytes + 1".to_owned(),
        "DELETE FROM quota_usages".to_owned(),
        format!(
            "WITH gone AS (SELECT set_config('session_replication_role', 'origin', true)) INSERT INTO quota_usages (organization_id) SELECT '{}' FROM gone",
            Uuid::now_v7()
        ),
    ];
    let before: Vec<String> = column(
        &superuser,
        "SELECT quota_usages::text FROM quota_usages ORDER BY 1",
    )
    .await;
    for statement in &statements {
        let error = execute(&superuser, statement, [])
            .await
            .expect_err(statement);
        let refused = refusal(&error).constraint;
        // A row for nobody fails by its key first.
        assert!(
            refused == "quota_usages_counters_kept" || refused == "quota_usages_organization_fkey",
            "{statement}: {refused}"
        );
        let transaction = database.owner().await.begin().await.unwrap();
        transaction
            .execute_unprepared(&format!("SET LOCAL app.organization_id = '{northwind}'"))
            .await
            .unwrap();
        if !statement.starts_with("WITH") {
            let error = execute(&transaction, statement, [])
                .await
                .expect_err(statement);
            assert_eq!(refusal(&error).constraint, "quota_usages_counters_kept");
        }
    }
    for table in [
        "quota_usages",
        "users",
        "projects",
        "photos",
        "documents",
        "assessment_documents",
    ] {
        let truncate = format!("TRUNCATE {table} CASCADE");
        let error = execute(&superuser, &truncate, [])
            .await
            .expect_err(&truncate);
        assert!(
            refusal(&error).constraint.ends_with("_no_truncate"),
            "{truncate}: {error}"
        );
    }
    assert_eq!(
        column::<String, _>(
            &superuser,
            "SELECT quota_usages::text FROM quota_usages ORDER BY 1"
        )
        .await,
        before
    );
}
