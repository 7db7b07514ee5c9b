//! Many who write at the same moment: each time exactly one wins, and the rules hold.

use futures::future::join_all;
use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{column, execute, value};

use super::house::{House, Workflow, faults, said};

/// All inputs at the same moment: they are held up until all of them wait, and then let go.
async fn at_once(
    house: &House,
    table: &str,
    id: &str,
    asked: Vec<(&str, &str, Value)>,
) -> Vec<Value> {
    let number = asked.len();
    let lock = house.superuser.begin().await.unwrap();
    let sql = format!("SELECT FROM {table} WHERE id = '{id}' FOR UPDATE");
    execute(&lock, &sql, []).await.unwrap();
    let all = join_all(
        asked
            .into_iter()
            .map(|(token, name, input)| house.mutate(token, name, "", input)),
    );
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'fieldgraph' AND wait_event_type = 'Lock'",
        house.database.name()
    );
    let (payloads, ()) = tokio::join!(all, async {
        for _ in 0..600 {
            if value::<i64, _>(&house.superuser, &waiting).await == i64::try_from(number).unwrap() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        lock.commit().await.unwrap();
    });
    payloads
}

async fn answered(house: &House) -> (Workflow, String) {
    let workflow = house.workflow().await;
    let assessment = house.assessment(&house.handler, &workflow, None).await;
    let input = json!({ "assessmentId": assessment, "results": workflow.results() });
    house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            input,
        )
        .await;
    (workflow, assessment)
}

#[tokio::test]
async fn of_all_who_end_an_assessment_one_wins() {
    let house = House::build().await;
    let complete = |id: &str, cents: i32| json!({ "id": id, "aiCostCents": cents });
    let fail =
        |id: &str, cents: i32| json!({ "id": id, "errorMessage": "Late.", "aiCostCents": cents });
    for second in ["completeAssessment", "failAssessment"] {
        let (_, id) = answered(&house).await;
        let asked = (1..=3)
            .map(|n| {
                let name = if n == 2 { second } else { "completeAssessment" };
                let input = if name == "failAssessment" {
                    fail(&id, n)
                } else {
                    complete(&id, n)
                };
                (house.worker.as_str(), name, input)
            })
            .collect();
        let payloads = at_once(&house, "assessments", &id, asked).await;
        let won: Vec<usize> = (0..3)
            .filter(|n| payloads[*n]["errors"] == json!([]))
            .collect();
        assert_eq!(won.len(), 1, "{payloads:?}");
        for (n, payload) in payloads.iter().enumerate() {
            if n != won[0] {
                assert_eq!(faults(payload), said(&[("STATE", "")]));
            }
        }
        // What the winner said stands, and the trail has its end alone.
        let sql = format!("SELECT ai_cost_cents FROM assessments WHERE id = '{id}'");
        let cents: i32 = value(&house.superuser, &sql).await;
        assert_eq!(usize::try_from(cents).unwrap(), won[0] + 1);
        let sql = format!(
            "SELECT count(*) FROM audit_logs WHERE resource_id = '{id}' AND action IN ('assessment.complete', 'assessment.fail')"
        );
        assert_eq!(value::<i64, _>(&house.superuser, &sql).await, 1);
    }
}

#[tokio::test]
async fn nothing_is_recorded_after_the_end() {
    let house = House::build().await;
    for _ in 0..4 {
        let workflow = house.workflow().await;
        let id = house.assessment(&house.handler, &workflow, None).await;
        let record = json!({ "assessmentId": id, "results": workflow.results() });
        let asked = vec![
            (house.worker.as_str(), "recordAssessmentResults", record),
            (
                house.worker.as_str(),
                "failAssessment",
                json!({ "id": id, "errorMessage": "Too slow." }),
            ),
            (
                house.worker.as_str(),
                "completeAssessment",
                json!({ "id": id, "aiCostCents": 5 }),
            ),
        ];
        let payloads = at_once(&house, "assessments", &id, asked).await;
        let done = |n: usize| payloads[n]["errors"] == json!([]);
        let sql = format!(
            "SELECT status || ' ' || (SELECT count(*) FROM assessment_results WHERE assessment_id = assessments.id) FROM assessments WHERE id = '{id}'"
        );
        let found: String = value(&house.superuser, &sql).await;
        // Whoever came first: the end is one, and no result came after it.
        assert_ne!(done(1), done(2), "{payloads:?}");
        let expected = match (done(0), done(2)) {
            (true, true) => "completed 3",
            (true, false) => "failed 3",
            (false, true) => panic!("completed without results: {payloads:?}"),
            (false, false) => "failed 0",
        };
        assert_eq!(found, expected, "{payloads:?}");
        for payload in payloads
            .iter()
            .filter(|payload| payload["errors"] != json!([]))
        {
            assert_eq!(payload["errors"][0]["code"], "STATE", "{payload}");
        }
    }
}

#[tokio::test]
async fn the_same_results_at_once_are_recorded_once() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let id = house.assessment(&house.handler, &workflow, None).await;
    let record = json!({ "assessmentId": id, "results": workflow.results() });
    let asked = (0..4)
        .map(|_| {
            (
                house.worker.as_str(),
                "recordAssessmentResults",
                record.clone(),
            )
        })
        .collect();
    let payloads = at_once(&house, "assessments", &id, asked).await;
    let won = payloads
        .iter()
        .filter(|payload| payload["errors"] == json!([]))
        .count();
    assert_eq!(won, 1, "{payloads:?}");
    assert!(payloads.iter().all(|payload| payload["errors"] == json!([])
        || payload["errors"][0]["code"] == "ALREADY_EXISTS"));
    let sql = format!(
        "SELECT count(*) FROM audit_logs WHERE resource_id = '{id}' AND action = 'assessment.process'"
    );
    assert_eq!(value::<i64, _>(&house.superuser, &sql).await, 1);
}

#[tokio::test]
async fn nobody_starts_by_what_is_being_changed() {
    let house = House::build().await;
    for _ in 0..4 {
        let workflow = house.workflow().await;
        let start = json!({ "workflowId": workflow.id, "documents": workflow.documents() });
        // A required bucket is added, a criterion is taken away, and then the workflow is ended.
        let change = json!({
            "id": workflow.id, "criteria": [{ "id": workflow.criteria[0] }, { "id": workflow.criteria[1] }],
            "buckets": [{ "id": workflow.buckets[0] }, { "id": workflow.buckets[1] }, { "id": workflow.buckets[2] }, { "name": "Labels" }],
        });
        let asked = vec![
            (house.handler.as_str(), "startAssessment", start.clone()),
            (house.manager.as_str(), "updateWorkflow", change),
            (house.handler.as_str(), "startAssessment", start.clone()),
        ];
        let payloads = at_once(&house, "workflows", &workflow.id, asked).await;
        assert_eq!(payloads[1]["errors"], json!([]));
        let sql = format!(
            "SELECT cardinality(criterion_ids)::bigint FROM assessments WHERE workflow_id = '{}'",
            workflow.id
        );
        let asked: Vec<i64> = column(&house.superuser, &sql).await;
        let started = [0, 2]
            .iter()
            .filter(|n| payloads[**n]["errors"] == json!([]))
            .count();
        // Who was before the change answers what was asked before; who comes after misses the new bucket.
        assert_eq!(asked, vec![3; started], "{payloads:?}");
        for n in [0, 2] {
            let told = faults(&payloads[n]);
            assert!(
                told.is_empty() || told == said(&[("INVALID", "documents")]),
                "{told:?}"
            );
        }

        let workflow = house.workflow().await;
        let start = json!({ "workflowId": workflow.id, "documents": workflow.documents() });
        let asked = vec![
            (
                house.manager.as_str(),
                "deactivateWorkflow",
                json!({ "id": workflow.id }),
            ),
            (house.handler.as_str(), "startAssessment", start.clone()),
            (house.handler.as_str(), "startAssessment", start),
        ];
        let payloads = at_once(&house, "workflows", &workflow.id, asked).await;
        assert_eq!(payloads[0]["errors"], json!([]));
        for payload in &payloads[1..] {
            let told = faults(payload);
            assert!(
                told.is_empty() || told == said(&[("STATE", "workflowId")]),
                "{told:?}"
            );
        }
    }
}

/// What the database keeps by itself, whoever writes past the gateway.
#[tokio::test]
async fn the_database_keeps_the_rules_without_the_gateway() {
    let house = House::build().await;
    let workflow = house.workflow().await;
    let id = house.assessment(&house.handler, &workflow, None).await;
    let refused = async |sql: String| {
        let error = execute(&house.superuser, &sql, []).await.unwrap_err();
        support::refusal(&error).constraint
    };
    execute(
        &house.superuser,
        &format!("UPDATE assessments SET status = 'processing' WHERE id = '{id}'"),
        [],
    )
    .await
    .unwrap();
    let complete = format!("UPDATE assessments SET status = 'completed' WHERE id = '{id}'");
    assert_eq!(refused(complete.clone()).await, "assessments_results_kept");
    execute(
        &house.superuser,
        &format!("UPDATE assessments SET criterion_ids = '{{}}' WHERE id = '{id}'"),
        [],
    )
    .await
    .unwrap();
    assert_eq!(refused(complete.clone()).await, "assessments_results_kept");
    let input = json!({ "assessmentId": id, "results": workflow.results() });
    house
        .done(
            &house.worker,
            "recordAssessmentResults",
            "results { id }",
            input,
        )
        .await;
    execute(&house.superuser, &complete, []).await.unwrap();
    assert_eq!(refused(complete).await, "assessments_status_forward");
    execute(
        &house.superuser,
        "UPDATE workflows SET is_active = false",
        [],
    )
    .await
    .unwrap();
    let start = format!(
        "INSERT INTO assessments (organization_id, workflow_id) SELECT organization_id, id FROM workflows WHERE id = '{}'",
        workflow.id
    );
    assert_eq!(refused(start).await, "assessments_active_workflow_kept");
}
