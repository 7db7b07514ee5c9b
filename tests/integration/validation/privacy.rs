//! Of an assessment of a project nobody but its members finds anything, in whatever way they ask.

use serde_json::{Value, json};

use super::house::{House, Workflow, faults, said};

/// An assessment with documents and results in a project that the admin alone is a member of.
struct Secret {
    house: House,
    workflow: Workflow,
    project: String,
    assessment: String,
    document: String,
    result: String,
}

impl Secret {
    async fn new() -> Self {
        let house = House::build().await;
        let workflow = house.workflow().await;
        let project = house.project("Secret pump").await;
        let assessment = house
            .assessment(&house.admin, &workflow, Some(&project))
            .await;
        let input = json!({ "assessmentId": assessment, "results": workflow.results() });
        house
            .done(
                &house.admin,
                "recordAssessmentResults",
                "results { id }",
                input,
            )
            .await;
        let shown = house
            .ask(&house.admin, "query($id: ID!) { assessment(id: $id) { documents { nodes { id } } results { nodes { id } } } }", json!({ "id": assessment }))
            .await;
        let first = |field: &str| {
            shown["assessment"][field]["nodes"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        Self {
            document: first("documents"),
            result: first("results"),
            house,
            workflow,
            project,
            assessment,
        }
    }

    /// What a caller finds of it, by every way there is: each answer by its name.
    async fn found(&self, token: &str) -> Value {
        let document = "query($assessment: ID!, $document: ID!, $result: ID!, $workflow: ID!, $bucket: ID!, $criterion: ID!, $project: ID!) {
            one: assessment(id: $assessment) { id }
            list: assessments { totalCount nodes { id } }
            byProject: assessments(filter: { projectId: { eq: $project } }) { totalCount }
            node: node(id: $assessment) { __typename }
            nodes: nodes(ids: [$assessment, $document, $result]) { __typename }
            stats: assessmentStats(groupBy: [STATUS]) { count aiCostCents { sum } }
            workflow(id: $workflow) {
                assessments { totalCount nodes { id } }
                buckets { nodes { documents { totalCount nodes { fileName } } } }
                criteria { nodes { results { totalCount nodes { reasoning } } } }
            }
            bucket: node(id: $bucket) { ... on Bucket { documents { totalCount } } }
            criterion: node(id: $criterion) { ... on Criterion { results { totalCount } } }
            throughWorkflow: workflows(filter: { assessments: { some: {} } }) { totalCount }
            throughBucket: workflows(filter: { buckets: { some: { documents: { some: {} } } } }) { totalCount }
            throughCriterion: workflows(filter: { criteria: { some: { results: { some: { pass: { eq: true } } } } } }) { totalCount }
            noneThrough: workflows(filter: { criteria: { none: { results: { some: {} } } } }) { totalCount }
            users { nodes { assessments { totalCount } } }
            organization { assessments { totalCount } }
            projects { nodes { assessments { totalCount } } }
        }";
        let variables = json!({
            "assessment": self.assessment, "document": self.document, "result": self.result, "workflow": self.workflow.id,
            "bucket": self.workflow.buckets[0], "criterion": self.workflow.criteria[0], "project": self.project,
        });
        let answer = self.house.gateway.query(token, document, variables).await;
        answer.data().clone()
    }
}

#[tokio::test]
async fn who_is_no_member_finds_nothing_and_who_becomes_one_finds_all() {
    let secret = Secret::new().await;
    let house = &secret.house;
    let nothing = json!({ "totalCount": 0, "nodes": [] });
    let none = json!({ "totalCount": 0 });
    let hidden = secret.found(&house.handler).await;
    assert_eq!(
        hidden,
        json!({
            "one": null, "list": nothing, "byProject": none, "node": null, "nodes": [null, null, null], "stats": [],
            "workflow": {
                "assessments": nothing,
                "buckets": { "nodes": [{ "documents": nothing }, { "documents": nothing }, { "documents": nothing }] },
                "criteria": { "nodes": [{ "results": nothing }, { "results": nothing }, { "results": nothing }] },
            },
            "bucket": { "documents": none }, "criterion": { "results": none },
            "throughWorkflow": none, "throughBucket": none, "throughCriterion": none, "noneThrough": { "totalCount": 1 },
            "users": { "nodes": [{ "assessments": none }, { "assessments": none }, { "assessments": none }, { "assessments": none }] },
            "organization": { "assessments": none },
            "projects": { "nodes": [] },
        })
    );
    let hugo = house.user("hugo").await;
    let join = json!({ "projectId": secret.project, "userIds": [hugo] });
    house
        .done(&house.admin, "addProjectMember", "project { id }", join)
        .await;
    let shown = secret.found(&house.handler).await;
    assert_eq!(shown, secret.found(&house.admin).await);
    assert_eq!(
        shown["nodes"],
        json!([{ "__typename": "Assessment" }, { "__typename": "AssessmentDocument" }, { "__typename": "AssessmentResult" }])
    );
    assert_eq!(
        (
            &shown["list"]["totalCount"],
            &shown["bucket"]["documents"]["totalCount"],
            &shown["throughCriterion"]["totalCount"],
            &shown["noneThrough"]["totalCount"]
        ),
        (&json!(1), &json!(1), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn who_is_no_member_changes_nothing() {
    let secret = Secret::new().await;
    let (house, of) = (&secret.house, &secret.workflow);
    let results = json!({ "assessmentId": secret.assessment, "results": of.results() });
    let payload = house
        .mutate(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            results,
        )
        .await;
    assert_eq!(
        (faults(&payload), &payload["results"]),
        (said(&[("NOT_FOUND", "assessmentId")]), &json!(null))
    );
    let ends = [
        (
            "completeAssessment",
            json!({ "id": secret.assessment, "aiCostCents": 1 }),
        ),
        (
            "failAssessment",
            json!({ "id": secret.assessment, "errorMessage": "Mine." }),
        ),
    ];
    for (name, input) in ends {
        let payload = house
            .mutate(&house.worker, name, "assessment { id }", input)
            .await;
        assert_eq!(
            (faults(&payload), &payload["assessment"]),
            (said(&[("NOT_FOUND", "id")]), &json!(null)),
            "{name}"
        );
    }
    let into =
        json!({ "workflowId": of.id, "projectId": secret.project, "documents": of.documents() });
    assert_eq!(
        house.refused(&house.handler, "startAssessment", into).await,
        said(&[("NOT_FOUND", "projectId")])
    );
    // Of a workflow that is changed the payload tells no more than a query does.
    let shows = "workflow { assessments { totalCount } criteria { nodes { results { totalCount } } } buckets { nodes { documents { totalCount } } } }";
    let payload = house
        .done(
            &house.manager,
            "updateWorkflow",
            shows,
            json!({ "id": of.id, "name": "Device" }),
        )
        .await;
    assert_eq!(payload["workflow"]["assessments"]["totalCount"], 0);
    assert!(
        !payload.to_string().contains("\"totalCount\":1"),
        "{payload}"
    );
}

#[tokio::test]
async fn another_organization_finds_and_changes_nothing() {
    let secret = Secret::new().await;
    let house = &secret.house;
    let sql = "WITH made AS (INSERT INTO organizations (name, slug) VALUES ('Other', 'other') RETURNING id)
        INSERT INTO users (organization_id, email, username) SELECT id, 'eve@other.example', 'eve' FROM made";
    support::execute(&house.superuser, sql, []).await.unwrap();
    support::execute(
        &house.superuser,
        "INSERT INTO user_roles (organization_id, user_id, role_id) SELECT users.organization_id, users.id, roles.id FROM users, roles WHERE username = 'eve' AND roles.name = 'admin'",
        [],
    )
    .await
    .unwrap();
    let eve = house.gateway.token("other", "eve@other.example").await;
    let found = secret.found(&eve).await;
    assert_eq!(
        (
            &found["one"],
            &found["list"]["totalCount"],
            &found["workflow"],
            &found["bucket"],
            &found["nodes"],
            &found["stats"]
        ),
        (
            &json!(null),
            &json!(0),
            &json!(null),
            &json!(null),
            &json!([null, null, null]),
            &json!([])
        )
    );
    let of = &secret.workflow;
    let attacks = [
        (
            "updateWorkflow",
            json!({ "id": of.id, "name": "Mine" }),
            "id",
        ),
        ("deactivateWorkflow", json!({ "id": of.id }), "id"),
        (
            "startAssessment",
            json!({ "workflowId": of.id }),
            "workflowId",
        ),
        (
            "failAssessment",
            json!({ "id": secret.assessment, "errorMessage": "Mine." }),
            "id",
        ),
    ];
    for (name, input, path) in attacks {
        assert_eq!(
            house.refused(&eve, name, input).await,
            said(&[("NOT_FOUND", path)]),
            "{name}"
        );
    }
}
