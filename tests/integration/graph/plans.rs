//! The plans by which PostgreSQL really answers the committed queries, on tables that are not small: read by indexes, for an
//! admin and for a member. Told by auto_explain, so with the values, the policies and the role of the real request.

use std::fs;

use fieldgraph::seed;
use sea_orm::ConnectionTrait;
use serde_json::json;
use support::{Gateway, Statements, TestDatabase, rows, value};

use super::snapshots::{files, folder};

/// Photos of twenty organizations; one of them sees a thousand.
const PHOTOS: u64 = 20_000;

/// Tables of which no list reads all.
const LARGE: [&str; 4] = ["photos", "detections", "tags", "processing_events"];

const EXPLAIN: &str = "
  ALTER DATABASE :database SET session_preload_libraries = 'auto_explain';
  ALTER DATABASE :database SET auto_explain.log_min_duration = 0;
  ALTER DATABASE :database SET auto_explain.log_level = notice;";

#[tokio::test]
async fn the_committed_queries_read_large_tables_by_indexes() {
    let database = TestDatabase::migrated().await;
    seed::bulk(&database.owner_url(), PHOTOS, &|_, _| {})
        .await
        .unwrap();
    let superuser = database.superuser().await;
    superuser.execute_unprepared("ANALYZE").await.unwrap();
    superuser
        .execute_unprepared(&EXPLAIN.replace(":database", database.name()))
        .await
        .unwrap();
    let organization: uuid::Uuid = value(
        &superuser,
        "SELECT id FROM organizations ORDER BY slug LIMIT 1",
    )
    .await;
    let member: uuid::Uuid = value(
        &superuser,
        &format!("SELECT user_id FROM project_members WHERE organization_id = '{organization}' ORDER BY user_id LIMIT 1"),
    )
    .await;
    assert!(
        rows(
            &superuser,
            &format!("SELECT 1 FROM photos WHERE organization_id = '{organization}'")
        )
        .await
        .len()
            >= 1000
    );
    let statements = Statements::watch();
    let gateway = Gateway::start(&database).await;
    let mut plans = 0;
    let mut faults = Vec::new();
    for role in ["admin", "project_manager"] {
        let token = gateway.token_of(organization, member, vec![role.to_owned()]);
        for query in files("graphql") {
            let name = query.strip_prefix(folder()).unwrap().display().to_string();
            let document = fs::read_to_string(query.with_extension("graphql")).unwrap();
            statements.take();
            statements.take_notices();
            let answer = gateway.query(&token, &document, json!({})).await;
            // The audit trail is for admins.
            if role != "admin" && answer.text.contains("FORBIDDEN") {
                continue;
            }
            assert!(answer.body["errors"].is_null(), "{name}: {}", answer.text);
            let asked = statements.take().len();
            let told: Vec<String> = statements
                .take_notices()
                .into_iter()
                .filter(|notice| notice.contains("plan:"))
                .collect();
            assert!(
                told.len() >= asked,
                "{name}: {asked} statements, {} plans",
                told.len()
            );
            for plan in told {
                plans += 1;
                for table in LARGE {
                    // The partition for what no month takes is empty here.
                    let plan = plan.replace("Seq Scan on processing_events_default", "");
                    if plan.contains(&format!("Seq Scan on {table}")) {
                        faults.push(format!("{name} as {role} reads all of {table}:\n{plan}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(plans > 40, "{plans} plans");
}
