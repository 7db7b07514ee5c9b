//! Workflows are designed and changed without losing what assessments stand on.

use serde_json::{Value, json};
use support::value;

use super::house::{House, Workflow, faults, medical_device, result, said};

const PARTS: &str = "query($id: ID!) { workflow(id: $id) {
    buckets { nodes { name position required retiredAt } }
    criteria { nodes { name position retiredAt buckets { nodes { name } } } }
} }";

/// Names of the parts as they stand, in their order; those that are retired in brackets.
async fn parts(house: &House, of: &Workflow) -> (Vec<String>, Vec<String>) {
    let shown = house
        .ask(&house.manager, PARTS, json!({ "id": of.id }))
        .await;
    let names = |field: &str| {
        let nodes = shown["workflow"][field]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        let (asked, retired): (Vec<Value>, Vec<Value>) = nodes
            .into_iter()
            .partition(|node| node["retiredAt"].is_null());
        let named = |node: &Value| node["name"].as_str().unwrap().to_owned();
        for (place, node) in asked.iter().enumerate() {
            assert_eq!(node["position"], json!(place), "{node}");
        }
        asked
            .iter()
            .map(named)
            .chain(retired.iter().map(|node| format!("[{}]", named(node))))
            .collect()
    };
    (names("buckets"), names("criteria"))
}

#[tokio::test]
async fn parts_are_added_changed_put_in_another_order_and_taken_away() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let input = json!({
        "id": workflow.id, "name": "Device", "description": null,
        "buckets": [
            { "name": "Labels", "required": false },
            { "id": workflow.buckets[1], "name": "Clinical" },
            { "id": workflow.buckets[0] },
        ],
        "criteria": [
            { "id": workflow.criteria[1], "bucketIds": [workflow.buckets[1]], "bucketNames": ["Labels", "Clinical"] },
            { "name": "The label is legible", "bucketNames": ["Labels"] },
            { "id": workflow.criteria[0], "bucketIds": [] },
        ],
    });
    let shows = "workflow { name description }";
    let payload = house
        .done(&house.manager, "updateWorkflow", shows, input)
        .await;
    assert_eq!(
        payload["workflow"],
        json!({ "name": "Device", "description": null })
    );
    // Nothing stands on what was taken away: it is gone.
    assert_eq!(
        parts(&house, &workflow).await,
        (
            ["Labels", "Clinical", "Technical file"]
                .map(str::to_owned)
                .to_vec(),
            [
                "The search is reproducible",
                "The label is legible",
                "The class is justified"
            ]
            .map(str::to_owned)
            .to_vec()
        )
    );
    let shown = house
        .ask(&house.manager, PARTS, json!({ "id": workflow.id }))
        .await;
    let sights: Vec<Value> = shown["workflow"]["criteria"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["buckets"]["nodes"].clone())
        .collect();
    let named = |names: &[&str]| {
        json!(
            names
                .iter()
                .map(|name| json!({ "name": name }))
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(
        sights,
        [
            named(&["Labels", "Clinical"]),
            named(&["Labels"]),
            named(&["Labels", "Clinical", "Technical file"])
        ]
    );
    // The trail has of a part what was different about it.
    let told: Value = value(
        &house.superuser,
        &format!(
            "SELECT metadata FROM audit_logs WHERE action = 'bucket.update' AND resource_id = '{}'",
            workflow.buckets[1]
        ),
    )
    .await;
    assert_eq!(
        told,
        json!({ "before": { "name": "Clinical evaluation" }, "after": { "name": "Clinical" } })
    );
}

#[tokio::test]
async fn what_assessments_stand_on_is_retired_whoever_may_see_them() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    // In a project that the manager is no member of.
    let project = house.project("Secret pump").await;
    let assessment = house
        .assessment(&house.admin, &workflow, Some(&project))
        .await;
    let first =
        json!({ "assessmentId": assessment, "results": [result(&workflow.criteria[0], true)] });
    house
        .done(
            &house.admin,
            "recordAssessmentResults",
            "results { id }",
            first,
        )
        .await;
    let hidden = house
        .ask(
            &house.manager,
            "query($id: ID!) { assessment(id: $id) { id } }",
            json!({ "id": assessment }),
        )
        .await;
    assert_eq!(hidden, json!({ "assessment": null }));
    // All is taken away: a document is in each of two buckets, and the assessment must answer all criteria.
    let nothing = json!({ "id": workflow.id, "buckets": [], "criteria": [] });
    house
        .done(&house.manager, "updateWorkflow", "workflow { id }", nothing)
        .await;
    assert_eq!(
        parts(&house, &workflow).await,
        (
            // The brochure too: a criterion that stays to be read tells that it looked at it.
            ["[Technical file]", "[Clinical evaluation]", "[Brochure]"]
                .map(str::to_owned)
                .to_vec(),
            [
                "[The class is justified]",
                "[The search is reproducible]",
                "[The purpose is the same everywhere]"
            ]
            .map(str::to_owned)
            .to_vec()
        )
    );
    // Who starts now answers nothing; who started before answers all of it.
    let criteria = "query($id: ID!) { assessment(id: $id) { criteria { totalCount } } }";
    let shown = house
        .ask(&house.admin, criteria, json!({ "id": assessment }))
        .await;
    assert_eq!(shown["assessment"]["criteria"]["totalCount"], 3);
    let payload = house
        .done(
            &house.handler,
            "startAssessment",
            "assessment { id criteria { totalCount } }",
            json!({ "workflowId": workflow.id }),
        )
        .await;
    assert_eq!(payload["assessment"]["criteria"]["totalCount"], 0);
    let retired = json!({ "workflowId": workflow.id, "documents": [super::house::document(&workflow.buckets[0], 1)] });
    assert_eq!(
        house
            .refused(&house.handler, "startAssessment", retired)
            .await,
        said(&[("STATE", "documents.0.bucketId")])
    );
    // What is listed again is asked again.
    let again = json!({ "id": workflow.id, "buckets": [{ "id": workflow.buckets[0] }], "criteria": [{ "id": workflow.criteria[0] }] });
    house
        .done(&house.manager, "updateWorkflow", "workflow { id }", again)
        .await;
    let (buckets, criteria) = parts(&house, &workflow).await;
    assert_eq!(
        (&*buckets[0], &*criteria[0]),
        ("Technical file", "The class is justified")
    );

    // Of a failed assessment the criteria without results have no history.
    let failed = json!({ "id": assessment, "errorMessage": "It went away." });
    house
        .done(&house.admin, "failAssessment", "assessment { id }", failed)
        .await;
    let listed = json!({ "id": workflow.id, "criteria": [{ "id": workflow.criteria[1], "bucketIds": [] }, { "id": workflow.criteria[2] }] });
    house
        .done(&house.manager, "updateWorkflow", "workflow { id }", listed)
        .await;
    let none = json!({ "id": workflow.id, "criteria": [] });
    house
        .done(&house.manager, "updateWorkflow", "workflow { id }", none)
        .await;
    assert_eq!(
        parts(&house, &workflow).await.1,
        ["[The class is justified]"]
    );
}

#[tokio::test]
async fn all_that_is_wrong_with_a_design_is_told_at_once() {
    let house = House::build().await;
    let input = json!({
        "name": "", "description": "",
        "buckets": [{ "name": "One" }, { "name": "One", "description": "x".repeat(2001) }, { "name": "" }],
        "criteria": [{ "name": "x".repeat(256), "bucketNames": ["One", "Two"] }],
    });
    assert_eq!(
        house.refused(&house.manager, "createWorkflow", input).await,
        said(&[
            ("INVALID", "name"),
            ("INVALID", "description"),
            ("INVALID", "buckets.1.description"),
            ("ALREADY_EXISTS", "buckets.1.name"),
            ("INVALID", "buckets.2.name"),
            ("INVALID", "criteria.0.name"),
            ("NOT_FOUND", "criteria.0.bucketNames.1"),
        ])
    );
    let many: Vec<Value> = (0..1001)
        .map(|n| json!({ "name": n.to_string() }))
        .collect();
    let input = json!({ "name": "Many", "buckets": many });
    assert_eq!(
        house.refused(&house.manager, "createWorkflow", input).await,
        said(&[("INVALID", "buckets")])
    );

    let (workflow, other) = (house.workflow().await, house.workflow().await);
    let input = json!({
        "id": workflow.id, "name": "",
        "buckets": [{ "id": workflow.buckets[0] }, { "id": workflow.buckets[0] }, { "id": other.buckets[0] }, { "description": "nameless" }],
        "criteria": [
            { "id": other.criteria[0], "name": "Another's" },
            { "name": "New", "bucketIds": [workflow.buckets[0], other.buckets[1]] },
            { "id": workflow.criteria[1] },
        ],
    });
    let payload = house
        .mutate(&house.manager, "updateWorkflow", "", input)
        .await;
    assert_eq!(
        faults(&payload),
        said(&[
            ("INVALID", "name"),
            ("INVALID", "buckets.1.id"),
            ("ALREADY_EXISTS", "buckets.1.name"),
            ("NOT_FOUND", "buckets.2.id"),
            ("INVALID", "buckets.3.name"),
            ("NOT_FOUND", "criteria.0.id"),
            ("NOT_FOUND", "criteria.1.bucketIds.1"),
            ("IN_USE", "criteria.2"),
            ("IN_USE", "criteria.2"),
        ])
    );
    // A bucket that a criterion looks at does not go behind its back.
    let input = json!({ "id": workflow.id, "buckets": [{ "id": workflow.buckets[1] }, { "id": workflow.buckets[2] }] });
    let payload = house
        .mutate(&house.manager, "updateWorkflow", "", input)
        .await;
    assert_eq!(
        payload["errors"],
        json!([{ "code": "IN_USE", "path": ["input", "buckets"],
            "message": "the criterion \"The class is justified\" looks at the bucket \"Technical file\", which is taken away: say what it looks at instead" }])
    );
    let nobody = json!({ "id": workflow.criteria[0], "name": "", "buckets": [] });
    assert_eq!(
        house
            .refused(&house.manager, "updateWorkflow", nobody)
            .await,
        said(&[("INVALID", "name"), ("NOT_FOUND", "id")])
    );
}

#[tokio::test]
async fn who_saw_a_workflow_before_its_parts_changed_is_told() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let seen = house
        .ask(
            &house.manager,
            "query($id: ID!) { workflow(id: $id) { updatedAt } }",
            json!({ "id": workflow.id }),
        )
        .await;
    let since = &seen["workflow"]["updatedAt"];
    let design = medical_device();
    let input = json!({ "id": workflow.id, "buckets": design["buckets"], "criteria": design["criteria"].as_array().unwrap().iter()
        .map(|one| json!({ "name": one["name"], "bucketNames": one["bucketNames"].as_array().cloned().unwrap_or_default() })).collect::<Vec<_>>() });
    house
        .done(&house.manager, "updateWorkflow", "workflow { id }", input)
        .await;
    for name in ["updateWorkflow", "deactivateWorkflow"] {
        let input = json!({ "id": workflow.id, "ifUnchangedSince": since });
        assert_eq!(
            house.refused(&house.manager, name, input).await,
            said(&[("CONFLICT", "ifUnchangedSince")]),
            "{name}"
        );
    }
}
