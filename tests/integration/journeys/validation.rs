//! A notified body that has technical files validated: from the first workflow to the bill.

use serde_json::{Value, json};
use support::{Statements, column};

use crate::validation::house::{House, document, faults, ids, medical_device, result, said};

const DASHBOARD: &str = "{
    workflows(filter: { isActive: { eq: true } }) {
        nodes { name buckets(first: 0) { totalCount } criteria(first: 0) { totalCount } assessments(first: 0) { totalCount } }
    }
    viewer { assessments(first: 5) { nodes { status workflow { name } } } }
}";
const WORKFLOW: &str = "query($id: ID!) { workflow(id: $id) {
    name isActive createdBy { username }
    buckets { nodes { name description required position } }
    criteria { nodes { name description appliesToAllBuckets buckets { nodes { name } } } }
} }";
const RESULTS: &str = "query($id: ID!) { assessment(id: $id) {
    status durationMs aiCostCents
    documents { nodes { fileName fileSizeBytes bucket { name } } }
    results { nodes { pass confidence evidencePage criterion { name } } }
} }";
const FAILED: &str = "query($id: ID!) { assessment(id: $id) {
    results(filter: { pass: { eq: false } }) {
        nodes { confidence evidencePage evidenceSection evidenceText reasoning aiResponseRaw criterion { name description } }
    }
} }";
const BILL: &str = "query($from: DateTime!, $to: DateTime!) { usage(from: $from, to: $to, timeZone: \"Europe/Oslo\") {
    assessments completedAssessments failedAssessments aiCostCents storedBytesAdded storedBytes
} }";

#[tokio::test]
async fn the_life_of_a_notified_body() {
    let house = House::build().await;
    let statements = Statements::watch();
    let counted = async |token: &str, document: &str, variables: Value| {
        statements.take();
        let data = house.ask(token, document, variables).await;
        (data, statements.take().len())
    };

    // Step 1: the workflow.
    statements.take();
    let payload = house
        .done(
            &house.manager,
            "createWorkflow",
            "workflow { id }",
            medical_device(),
        )
        .await;
    assert_eq!(
        statements.take().len(),
        4,
        "workflow, buckets, criteria, trail"
    );
    let workflow = payload["workflow"]["id"].as_str().unwrap().to_owned();
    let (shown, asked) = counted(&house.manager, WORKFLOW, json!({ "id": workflow })).await;
    assert_eq!(
        shown["workflow"],
        json!({
            "name": "Medical device", "isActive": true, "createdBy": { "username": "pia" },
            "buckets": { "nodes": [
                { "name": "Technical file", "description": "The whole of it.", "required": true, "position": 0 },
                { "name": "Clinical evaluation", "description": null, "required": true, "position": 1 },
                { "name": "Brochure", "description": null, "required": false, "position": 2 },
            ] },
            "criteria": { "nodes": [
                { "name": "The class is justified", "description": null, "appliesToAllBuckets": false,
                  "buckets": { "nodes": [{ "name": "Technical file" }] } },
                { "name": "The search is reproducible", "description": "Databases, terms, dates.", "appliesToAllBuckets": false,
                  "buckets": { "nodes": [{ "name": "Clinical evaluation" }, { "name": "Brochure" }] } },
                { "name": "The purpose is the same everywhere", "description": null, "appliesToAllBuckets": true,
                  "buckets": { "nodes": [{ "name": "Technical file" }, { "name": "Clinical evaluation" }, { "name": "Brochure" }] } },
            ] },
        })
    );
    assert_eq!(
        asked, 5,
        "the workflow, who made it, its buckets, its criteria, what they look at"
    );

    // Step 2: the documents of a device are handed in.
    let parts = house
        .ask(&house.handler, "query($id: ID!) { workflow(id: $id) { buckets { nodes { id } } criteria { nodes { id } } } }", json!({ "id": workflow }))
        .await;
    let (buckets, criteria) = (
        ids(&parts["workflow"]["buckets"]),
        ids(&parts["workflow"]["criteria"]),
    );
    let payload = house
        .mutate(
            &house.handler,
            "startAssessment",
            "",
            json!({ "workflowId": workflow, "documents": [document(&buckets[2], 300)] }),
        )
        .await;
    assert_eq!(faults(&payload), said(&[("INVALID", "documents")]));
    assert_eq!(
        payload["errors"][0]["message"],
        "no document for what is required: \"Technical file\", \"Clinical evaluation\""
    );
    let papers = json!([
        document(&buckets[0], 4000),
        document(&buckets[1], 2000),
        document(&buckets[1], 500)
    ]);
    let input = json!({ "workflowId": workflow, "documents": papers });
    statements.take();
    let payload = house
        .done(
            &house.handler,
            "startAssessment",
            "assessment { id status }",
            input.clone(),
        )
        .await;
    assert_eq!(
        statements.take().len(),
        5,
        "share the workflow, its buckets, assessment, documents, trail"
    );
    assert_eq!(payload["assessment"]["status"], "PENDING");
    let assessment = payload["assessment"]["id"].as_str().unwrap().to_owned();

    // Step 3: the model answers, in two parts; before the second it cannot be completed.
    let first = json!({ "assessmentId": assessment, "results": [result(&criteria[0], true), result(&criteria[1], false)] });
    statements.take();
    house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            first.clone(),
        )
        .await;
    assert_eq!(
        statements.take().len(),
        6,
        "hold it, the criteria, the results, its status, the new results, trail"
    );
    let payload = house
        .mutate(
            &house.worker,
            "completeAssessment",
            "",
            json!({ "id": assessment, "aiCostCents": 42 }),
        )
        .await;
    assert_eq!(
        payload["errors"],
        json!([{ "code": "STATE", "path": ["input"], "message": "results are missing for 1 of 3 criteria: \"The purpose is the same everywhere\"" }])
    );
    // The same again after a lost answer doubles nothing.
    assert_eq!(
        house
            .refused(&house.worker, "recordAssessmentResults", first)
            .await,
        said(&[
            ("ALREADY_EXISTS", "results.0.criterionId"),
            ("ALREADY_EXISTS", "results.1.criterionId")
        ])
    );
    let rest = json!({ "assessmentId": assessment, "results": [result(&criteria[2], true)] });
    house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            rest,
        )
        .await;
    let payload = house
        .done(
            &house.worker,
            "completeAssessment",
            "assessment { status startedAt completedAt }",
            json!({ "id": assessment, "durationMs": 61_000, "aiCostCents": 42 }),
        )
        .await;
    assert_eq!(payload["assessment"]["status"], "COMPLETED");
    assert!(
        payload["assessment"]["startedAt"].is_string()
            && payload["assessment"]["completedAt"].is_string()
    );

    // A second one fails: its file cannot be read.
    let payload = house
        .done(
            &house.handler,
            "startAssessment",
            "assessment { id }",
            input,
        )
        .await;
    let unread = payload["assessment"]["id"].as_str().unwrap().to_owned();
    let failed = json!({ "id": unread, "errorMessage": "The file is protected by a password.", "aiCostCents": 3 });
    let payload = house
        .done(
            &house.worker,
            "failAssessment",
            "assessment { status errorMessage }",
            failed,
        )
        .await;
    assert_eq!(
        payload["assessment"],
        json!({ "status": "FAILED", "errorMessage": "The file is protected by a password." })
    );

    // Step 4: the results, and what was not met.
    let (shown, asked) = counted(&house.handler, RESULTS, json!({ "id": assessment })).await;
    let outcome = |pass: bool, name: &str| json!({ "pass": pass, "confidence": "HIGH", "evidencePage": 8, "criterion": { "name": name } });
    assert_eq!(
        shown["assessment"],
        json!({
            "status": "COMPLETED", "durationMs": 61_000, "aiCostCents": 42,
            "documents": { "nodes": [
                { "fileName": "file.pdf", "fileSizeBytes": 4000, "bucket": { "name": "Technical file" } },
                { "fileName": "file.pdf", "fileSizeBytes": 2000, "bucket": { "name": "Clinical evaluation" } },
                { "fileName": "file.pdf", "fileSizeBytes": 500, "bucket": { "name": "Clinical evaluation" } },
            ] },
            "results": { "nodes": [
                outcome(true, "The class is justified"), outcome(false, "The search is reproducible"),
                outcome(true, "The purpose is the same everywhere"),
            ] },
        })
    );
    assert_eq!(
        asked, 5,
        "the assessment, its documents with buckets, its results with criteria"
    );
    let (shown, asked) = counted(&house.handler, FAILED, json!({ "id": assessment })).await;
    assert_eq!(
        shown["assessment"]["results"]["nodes"],
        json!([{
            "confidence": "HIGH", "evidencePage": 8, "evidenceSection": "3.2", "evidenceText": "No dates are given.",
            "reasoning": "The terms are there, the dates are not.",
            "aiResponseRaw": { "pass": false, "claude_metadata": { "model": "claude-3-5-sonnet-20241022", "tokens_used": 1542 } },
            "criterion": { "name": "The search is reproducible", "description": "Databases, terms, dates." },
        }])
    );
    assert_eq!(
        asked, 3,
        "the assessment, its failed results, their criteria"
    );

    // Step 5: the dashboard and the bill.
    let (shown, asked) = counted(&house.handler, DASHBOARD, json!({})).await;
    assert_eq!(
        shown,
        json!({
            "workflows": { "nodes": [{ "name": "Medical device", "buckets": { "totalCount": 3 }, "criteria": { "totalCount": 3 }, "assessments": { "totalCount": 2 } }] },
            "viewer": { "assessments": { "nodes": [
                { "status": "FAILED", "workflow": { "name": "Medical device" } }, { "status": "COMPLETED", "workflow": { "name": "Medical device" } },
            ] } },
        })
    );
    assert_eq!(
        asked, 6,
        "workflows, three counts, the caller's assessments, their workflows"
    );
    let now = chrono::Utc::now();
    let span = json!({ "from": now - chrono::TimeDelta::microseconds(1), "to": now });
    let (shown, asked) = counted(&house.manager, BILL, span).await;
    assert_eq!(
        shown["usage"],
        json!([{ "assessments": 2, "completedAssessments": 1, "failedAssessments": 1, "aiCostCents": 45, "storedBytesAdded": 13_000, "storedBytes": 13_000 }])
    );
    assert_eq!(asked, 1);

    // The auditor reads all of it.
    let actions: Vec<String> = column(
        &house.superuser,
        "SELECT count(*) || ' ' || action FROM audit_logs WHERE resource_type IN ('workflow', 'bucket', 'criterion', 'assessment', 'assessment_document', 'assessment_result')
         GROUP BY action ORDER BY action",
    )
    .await;
    assert_eq!(
        actions,
        [
            "1 assessment.complete",
            "2 assessment.create",
            "1 assessment.fail",
            "2 assessment.process",
            "6 assessment_document.create",
            "3 assessment_result.create",
            "3 bucket.create",
            "3 criterion.create",
            "1 workflow.create",
        ]
    );
}
