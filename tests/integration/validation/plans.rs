//! By which indexes the questions of this domain are answered, where there is much: as auto_explain tells of the real requests.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use support::{Gateway, Statements, execute, value};

use super::house::House;

const EXPLAIN: &str = "
  ALTER DATABASE :database SET session_preload_libraries = 'auto_explain';
  ALTER DATABASE :database SET auto_explain.log_min_duration = 0;
  ALTER DATABASE :database SET auto_explain.log_level = notice;";

/// Forty criteria, and a thousand assessments that answered all of them; one in twenty was not met. A gateway whose plans are told.
async fn much() -> (House, Gateway) {
    let house = House::build().await;
    house.workflow().await;
    for sql in [
        "INSERT INTO criteria (organization_id, workflow_id, name, position) SELECT organization_id, id, n::text, n FROM workflows, generate_series(3, 40) AS n",
        "INSERT INTO assessments (organization_id, workflow_id, created_by, status) SELECT workflows.organization_id, workflows.id, users.id, 'processing'
         FROM workflows, users, generate_series(1, 250)",
        "INSERT INTO assessment_results (organization_id, audience_id, assessment_id, criterion_id, pass, confidence)
         SELECT run.organization_id, run.audience_id, run.id, criterion.id, criterion.position % 20 > 0, 'high' FROM assessments run, criteria criterion",
        "INSERT INTO assessment_documents (organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key, file_size_bytes)
         SELECT run.organization_id, run.audience_id, run.id, bucket.id, 'a', 'a', 1 FROM assessments run, buckets bucket",
        "ANALYZE",
    ] {
        execute(&house.superuser, sql, []).await.unwrap();
    }
    let explain = EXPLAIN.replace(":database", house.database.name());
    house.superuser.execute_unprepared(&explain).await.unwrap();
    let gateway = Gateway::start(&house.database).await;
    (house, gateway)
}

/// The plans of a request.
async fn plans(
    statements: &Statements,
    gateway: &Gateway,
    token: &str,
    document: &str,
    variables: Value,
) -> Vec<String> {
    statements.take_notices();
    let answer = gateway.query(token, document, variables).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    let told = statements.take_notices();
    told.into_iter()
        .filter(|notice| notice.contains("plan:"))
        .collect()
}

#[tokio::test]
async fn the_failed_criteria_of_an_assessment_are_found_by_their_index() {
    let (house, gateway) = much().await;
    let id: String = value(&house.superuser, "SELECT id::text FROM assessments LIMIT 1").await;
    let statements = Statements::watch();
    let document = "query($id: ID!) { assessment(id: $id) { results(filter: { pass: { eq: false } }) { nodes { evidenceText criterion { name } } } } }";
    for token in [&house.handler, &house.admin] {
        let told = plans(&statements, &gateway, token, document, json!({ "id": id })).await;
        let plan = told
            .iter()
            .find(|plan| plan.contains("assessment_results"))
            .unwrap();
        assert!(plan.contains("assessment_results_pass_index"), "{plan}");
    }
}

#[tokio::test]
async fn every_list_is_read_by_an_index() {
    let (house, gateway) = much().await;
    let one = async |table: &str| -> String {
        value(
            &house.superuser,
            &format!("SELECT id::text FROM {table} LIMIT 1"),
        )
        .await
    };
    let ids = json!({ "workflow": one("workflows").await, "assessment": one("assessments").await, "criterion": one("criteria").await,
        "bucket": one("buckets").await, "user": house.user("hugo").await });
    let lists = [
        "{ assessments { nodes { status } } }",
        "{ assessments(filter: { status: { eq: PROCESSING } }) { nodes { status } } }",
        "query($user: ID!) { assessments(filter: { createdById: { eq: $user } }) { nodes { status } } }",
        "{ viewer { assessments { nodes { status } } } }",
        "query($workflow: ID!) { workflow(id: $workflow) { assessments { nodes { status } } } }",
        "query($assessment: ID!) { assessment(id: $assessment) { documents { nodes { fileName } } results { nodes { pass } } criteria { nodes { name } } } }",
        "query($criterion: ID!) { node(id: $criterion) { ... on Criterion { results { nodes { pass } } buckets { nodes { name } } } } }",
        "query($bucket: ID!) { node(id: $bucket) { ... on Bucket { documents { nodes { fileName } } criteria { nodes { name } } } } }",
    ];
    let statements = Statements::watch();
    for token in [&house.handler, &house.admin] {
        for document in lists {
            for plan in plans(&statements, &gateway, token, document, ids.clone()).await {
                for table in ["assessments", "assessment_results", "assessment_documents"] {
                    assert!(
                        !plan.contains(&format!("Seq Scan on {table}")),
                        "{document}\n{plan}"
                    );
                }
            }
        }
    }
}
