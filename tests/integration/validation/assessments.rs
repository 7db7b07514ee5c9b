//! What is refused of an assessment, from its start to its end.

use serde_json::{Value, json};
use support::{Statements, value};

use super::house::{House, document, result, said};

#[tokio::test]
async fn all_that_is_wrong_with_what_is_handed_in_is_told_at_once() {
    let house = House::build().await;
    let (workflow, other) = (house.workflow().await, house.workflow().await);
    let secret = house.project("Secret pump").await;
    let input = json!({ "workflowId": workflow.id, "projectId": secret, "documents": [
        { "bucketId": workflow.buckets[0], "fileName": "", "storageKey": "x".repeat(1025), "mimeType": "", "fileSizeBytes": 0 },
        { "bucketId": other.buckets[1], "fileName": "a", "storageKey": "b", "fileSizeBytes": -1 },
    ] });
    // The handler is no member of the project.
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", input)
            .await,
        said(&[
            ("NOT_FOUND", "projectId"),
            ("INVALID", "documents.0.fileName"),
            ("INVALID", "documents.0.storageKey"),
            ("INVALID", "documents.0.mimeType"),
            ("INVALID", "documents.0.fileSizeBytes"),
            ("INVALID", "documents.1.fileSizeBytes"),
            ("NOT_FOUND", "documents.1.bucketId"),
        ])
    );
    // What is missing is told beside what is wrong with the rest.
    let input =
        json!({ "workflowId": workflow.id, "documents": [document(&workflow.buckets[0], 0)] });
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", input)
            .await,
        said(&[
            ("INVALID", "documents.0.fileSizeBytes"),
            ("INVALID", "documents")
        ])
    );
    let many: Vec<Value> = (0..1001)
        .map(|_| document(&workflow.buckets[0], 1))
        .collect();
    let input = json!({ "workflowId": workflow.id, "documents": many });
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", input)
            .await,
        said(&[("INVALID", "documents")])
    );
    let input = json!({ "workflowId": workflow.criteria[0], "documents": [document(&workflow.buckets[0], 1)] });
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", input)
            .await,
        said(&[("NOT_FOUND", "workflowId")])
    );
    let count: i64 = value(
        &house.superuser,
        "SELECT (SELECT count(*) FROM assessments) + (SELECT count(*) FROM assessment_documents)",
    )
    .await;
    assert_eq!(count, 0);

    let ended = json!({ "id": workflow.id });
    house
        .done(
            &house.manager,
            "deactivateWorkflow",
            "workflow { isActive }",
            ended,
        )
        .await;
    let input = json!({ "workflowId": workflow.id, "documents": workflow.documents() });
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", input.clone())
            .await,
        said(&[("STATE", "workflowId")])
    );
    let active = json!({ "id": workflow.id, "isActive": true });
    house
        .done(
            &house.manager,
            "updateWorkflow",
            "workflow { isActive }",
            active,
        )
        .await;
    house
        .done(
            &house.handler,
            "startAssessment",
            "assessment { id }",
            input,
        )
        .await;
}

#[tokio::test]
async fn an_assessment_answers_what_was_asked_when_it_was_started() {
    let house = House::build().await;
    let (workflow, other) = (house.workflow().await, house.workflow().await);
    let assessment = house.assessment(&house.handler, &workflow, None).await;
    // Meanwhile a criterion leaves and another comes.
    let input = json!({ "id": workflow.id, "criteria": [{ "id": workflow.criteria[0] }, { "id": workflow.criteria[2] }, { "name": "Too late" }] });
    let payload = house
        .done(
            &house.manager,
            "updateWorkflow",
            "workflow { criteria { nodes { id name } } }",
            input,
        )
        .await;
    let late = payload["workflow"]["criteria"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "Too late")
        .unwrap()["id"]
        .clone();
    let asked = house
        .ask(
            &house.worker,
            "query($id: ID!) { assessment(id: $id) { criteria { nodes { name } } } }",
            json!({ "id": assessment }),
        )
        .await;
    assert_eq!(
        asked["assessment"]["criteria"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let mut strange = result(&workflow.criteria[0], true);
    strange["evidencePage"] = json!(0);
    let input = json!({ "assessmentId": assessment, "results": [
        strange, result(late.as_str().unwrap(), true), result(&other.criteria[0], true), result(&workflow.criteria[0], false),
    ] });
    assert_eq!(
        house
            .refused(&house.worker, "recordAssessmentResults", input)
            .await,
        said(&[
            ("INVALID", "results.0.evidencePage"),
            ("STATE", "results.1.criterionId"),
            ("NOT_FOUND", "results.2.criterionId"),
            ("ALREADY_EXISTS", "results.3.criterionId"),
        ])
    );
    // The retired one is answered all the same.
    let input = json!({ "assessmentId": assessment, "results": workflow.results() });
    house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            input,
        )
        .await;
    let payload = house
        .done(
            &house.worker,
            "completeAssessment",
            "assessment { status durationMs }",
            json!({ "id": assessment, "aiCostCents": 0 }),
        )
        .await;
    assert_eq!(payload["assessment"]["status"], "COMPLETED");
    assert!(payload["assessment"]["durationMs"].as_i64().unwrap() >= 0);
}

#[tokio::test]
async fn what_has_ended_stays_as_it_ended() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let assessment = house.assessment(&house.handler, &workflow, None).await;
    let empty = json!({ "assessmentId": assessment, "results": [] });
    assert_eq!(
        house
            .refused(&house.worker, "recordAssessmentResults", empty)
            .await,
        said(&[("INVALID", "results")])
    );
    let wrong =
        json!({ "id": assessment, "errorMessage": "", "durationMs": -1, "aiCostCents": -1 });
    assert_eq!(
        house.refused(&house.worker, "failAssessment", wrong).await,
        said(&[
            ("INVALID", "durationMs"),
            ("INVALID", "aiCostCents"),
            ("INVALID", "errorMessage")
        ])
    );
    // It fails before a model was at it: it goes through processing all the same.
    let failed = json!({ "id": assessment, "errorMessage": "No model answers." });
    let shows = "assessment { status startedAt completedAt durationMs aiCostCents }";
    let payload = house
        .done(&house.worker, "failAssessment", shows, failed.clone())
        .await;
    assert_eq!(
        (
            &payload["assessment"]["status"],
            &payload["assessment"]["aiCostCents"]
        ),
        (&json!("FAILED"), &json!(null))
    );
    assert!(payload["assessment"]["startedAt"].is_string());
    let results = json!({ "assessmentId": assessment, "results": workflow.results() });
    let again = [
        ("failAssessment", failed, ""),
        (
            "completeAssessment",
            json!({ "id": assessment, "aiCostCents": 1 }),
            "",
        ),
        ("recordAssessmentResults", results, "assessmentId"),
    ];
    for (name, input, path) in again {
        assert_eq!(
            house.refused(&house.worker, name, input).await,
            said(&[("STATE", path)]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_thousand_results_are_one_statement() {
    let house = House::build().await;
    let criteria: Vec<Value> = (0..1000)
        .map(|n| json!({ "name": format!("Rule {n}") }))
        .collect();
    let input = json!({ "name": "Long", "criteria": criteria });
    let payload = house
        .done(&house.manager, "createWorkflow", "workflow { id }", input)
        .await;
    let workflow = payload["workflow"]["id"].clone();
    let payload = house
        .done(
            &house.handler,
            "startAssessment",
            "assessment { id }",
            json!({ "workflowId": workflow }),
        )
        .await;
    let assessment = payload["assessment"]["id"].clone();
    let criteria: Vec<String> = support::column(
        &house.superuser,
        "SELECT id::text FROM criteria ORDER BY position",
    )
    .await;
    let mut results: Vec<Value> = criteria.iter().map(|id| result(id, true)).collect();
    let all = json!({ "assessmentId": assessment, "results": results });
    results[999]["criterionId"] = results[0]["criterionId"].clone();
    let doubled = json!({ "assessmentId": assessment, "results": results });
    assert_eq!(
        house
            .refused(&house.worker, "recordAssessmentResults", doubled)
            .await,
        said(&[("ALREADY_EXISTS", "results.999.criterionId")])
    );
    let statements = Statements::watch();
    let payload = house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { criterionId aiResponseRaw }",
            all,
        )
        .await;
    assert_eq!(statements.take().len(), 6);
    let answered: Vec<&str> = payload["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["criterionId"].as_str().unwrap())
        .collect();
    assert_eq!(
        answered,
        criteria.iter().map(String::as_str).collect::<Vec<_>>()
    );
    let payload = house
        .done(
            &house.worker,
            "completeAssessment",
            "assessment { status }",
            json!({ "id": assessment, "aiCostCents": 900 }),
        )
        .await;
    assert_eq!(payload["assessment"]["status"], "COMPLETED");
}
