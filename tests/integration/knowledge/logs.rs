//! The log of questions: its askers', and the admins'; for good, and refused with all that is wrong.

use serde_json::json;
use support::value;

use super::{document, faults, grant, northwind, person, somebody, told};

#[tokio::test]
async fn everybody_reads_what_they_asked_and_admins_read_all() {
    let bench = northwind().await;
    let all: i64 = value(&bench.superuser, "SELECT count(*) FROM query_logs JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind'").await;
    let id = document(&bench, None, "Plan", "a plan").await;
    grant(
        &bench,
        &id,
        json!({ "userId": person(&bench, "insurance_adjuster").await }),
        &["READ"],
    )
    .await;
    let input = json!({
        "queryText": "Which plan?", "retrievedDocuments": [{ "documentId": id, "score": 0.9 }], "answer": "a plan", "confidenceScore": 0.8,
        "sources": [{ "documentId": id, "chunkIndex": 0 }], "responseTimeMs": 12,
    });
    let shows = "queryLog { id userId queryText retrievedDocuments sources answer confidenceScore refusalReason responseTimeMs }";
    let logged = told(&bench, &bench.token, "logQuery", shows, &input).await;
    assert_eq!(logged["errors"], json!([]));
    let entry = &logged["queryLog"];
    assert_eq!(
        entry["retrievedDocuments"],
        json!([{ "document_id": id, "score": 0.9 }])
    );
    assert_eq!(
        entry["sources"],
        json!([{ "document_id": id, "chunk_index": 0 }])
    );

    let engineer = person(&bench, "engineer").await;
    let ask = format!(
        "{{ queryLogs {{ totalCount nodes {{ userId }} }} node(id: {}) {{ id }} organization {{ queryLogs {{ totalCount }} }}
            user(id: \"{engineer}\") {{ queryLogs(filter: {{ createdAt: {{ gte: \"2026-11-01T00:00:00Z\" }} }}) {{ totalCount }} }}
            refused: queryLogs(filter: {{ refusalReason: {{ isNull: false }} }}) {{ totalCount }} }}",
        entry["id"]
    );
    let mut counts = Vec::new();
    for (organization, name) in [
        ("northwind", "engineer"),
        ("northwind", "user"),
        ("northwind", "admin"),
        ("alpine", "admin"),
    ] {
        let token = somebody(&bench, organization, name).await;
        let seen = bench
            .gateway
            .query(&token, &ask, json!({}))
            .await
            .data()
            .clone();
        let total = seen["queryLogs"]["totalCount"].as_i64().unwrap();
        assert_eq!(seen["organization"]["queryLogs"]["totalCount"], total);
        counts.push((
            name,
            total,
            seen["refused"]["totalCount"].as_i64().unwrap(),
            !seen["node"].is_null(),
            seen["user"]["queryLogs"]["totalCount"].as_i64(),
        ));
    }
    assert_eq!(
        counts,
        [
            ("engineer", 3, 0, true, Some(1)),
            ("user", 3, 2, false, Some(0)),
            ("admin", all + 1, 2, true, Some(1)),
            ("admin", 2, 1, false, None)
        ]
    );
    // For good.
    for change in [
        "UPDATE query_logs SET answer = 'another'",
        "DELETE FROM query_logs",
    ] {
        assert!(
            support::execute(&bench.superuser, change, [])
                .await
                .is_err(),
            "{change}"
        );
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_question_is_told_at_once() {
    let bench = northwind().await;
    let token = somebody(&bench, "northwind", "user").await;
    let closed = document(&bench, None, "Plan", "a plan").await;
    grant(
        &bench,
        &closed,
        json!({ "userId": person(&bench, "viewer").await }),
        &["READ"],
    )
    .await;
    let input = json!({
        "queryText": "", "answer": "a", "refusalReason": "b", "confidenceScore": 1.1, "responseTimeMs": -1,
        "retrievedDocuments": [{ "documentId": closed }], "sources": [{ "documentId": closed, "chunkIndex": -1 }],
    });
    let mut wrong = faults(&bench, &token, "logQuery", input).await;
    wrong.sort();
    let told: Vec<String> = wrong
        .iter()
        .map(|(code, path)| format!("{code} {path}"))
        .collect();
    assert_eq!(
        told,
        [
            "INVALID input.confidenceScore",
            "INVALID input.queryText",
            "INVALID input.refusalReason",
            "INVALID input.responseTimeMs",
            "INVALID input.sources.0.chunkIndex",
            "NOT_FOUND input.retrievedDocuments.0.documentId",
            "NOT_FOUND input.sources.0.documentId",
        ]
    );
}
