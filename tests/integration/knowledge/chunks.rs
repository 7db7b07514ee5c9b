//! Chunks: written again and again without doubling, cut at the end, all faults told at once, and none of the numbers in the trail.

use futures::future::join_all;
use serde_json::{Value, json};
use support::{column, value};

use super::{document, embedding, faults, northwind, somebody, told};
use crate::graph::bench::Bench;

fn chunk(place: usize, text: &str) -> Value {
    json!({ "chunkIndex": place, "text": text, "startChar": place, "endChar": place + 1, "embedding": embedding(&[(place % 384, 0.1)]) })
}

async fn put(bench: &Bench, input: Value) -> Value {
    let worker = somebody(bench, "northwind", "worker").await;
    let shows = "documentChunks { id chunkIndex text }";
    told(bench, &worker, "putDocumentChunks", shows, &input).await
}

async fn texts(bench: &Bench, document: &str) -> Vec<String> {
    let sql = format!(
        "SELECT text FROM document_chunks WHERE document_id = '{document}' ORDER BY chunk_index"
    );
    column(&bench.superuser, &sql).await
}

#[tokio::test]
async fn a_thousand_are_one_statement_and_again_the_same_thousand() {
    let bench = northwind().await;
    let id = document(&bench, None, "Long", "long").await;
    let chunks: Vec<Value> = (0..1000).rev().map(|n| json!({ "chunkIndex": n, "text": format!("no. {n}"), "startChar": n, "endChar": n + 1 })).collect();
    let input = json!({ "documentId": id, "chunks": chunks, "processingStatus": "PROCESSING" });
    let first = put(&bench, input).await;
    assert_eq!(first["errors"], json!([]));
    let places: Vec<i64> = first["documentChunks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chunk| chunk["chunkIndex"].as_i64().unwrap())
        .collect();
    assert_eq!(places, (0..1000).rev().collect::<Vec<_>>());
    let again = json!({ "documentId": id, "chunks": chunks, "processingStatus": "COMPLETED" });
    assert_eq!(
        put(&bench, again).await["documentChunks"],
        first["documentChunks"],
        "they stay who they are"
    );
    assert_eq!(texts(&bench, &id).await.len(), 1000);

    // One entry each time, and no number of any embedding.
    let trail: Vec<Value> = column(
        &bench.superuser,
        &format!("SELECT metadata FROM audit_logs WHERE resource_id = '{id}' AND action = 'document.put_chunks' ORDER BY created_at OFFSET 1"),
    )
    .await;
    let entry = json!({ "written": 1000, "removed": 0, "first": 0, "last": 999 });
    assert_eq!(trail, [entry.clone(), entry]);
}

#[tokio::test]
async fn a_new_cut_replaces_the_old_one_and_its_tail_goes() {
    let bench = northwind().await;
    let id = document(&bench, None, "Cut", "first").await;
    let old: Vec<Value> = (0..5).map(|n| chunk(n, "old")).collect();
    put(&bench, json!({ "documentId": id, "chunks": old })).await;
    // Two calls of one cut, in any order; each says how many there are.
    let second = json!({ "documentId": id, "chunks": [chunk(2, "new")], "total": 3 });
    let first = json!({ "documentId": id, "chunks": [chunk(1, "new"), chunk(0, "new")], "total": 3, "embeddingModel": "words" });
    for input in [&second, &first, &second] {
        assert_eq!(put(&bench, input.clone()).await["errors"], json!([]));
    }
    assert_eq!(texts(&bench, &id).await, ["new"; 3]);
    let model = format!("SELECT embedding_model FROM documents WHERE id = '{id}'");
    assert_eq!(value::<String, _>(&bench.superuser, &model).await, "words");
    put(
        &bench,
        json!({ "documentId": id, "chunks": [], "total": 0 }),
    )
    .await;
    assert!(texts(&bench, &id).await.is_empty());
}

#[tokio::test]
async fn many_at_once_leave_each_place_once() {
    let bench = northwind().await;
    let id = document(&bench, None, "Race", "first").await;
    let work = (0..12).map(|n| {
        let mut chunks: Vec<Value> = (0..40)
            .map(|place| chunk(place, &format!("by {n}")))
            .collect();
        if n % 2 == 0 {
            chunks.reverse();
        }
        put(
            &bench,
            json!({ "documentId": id, "chunks": chunks, "total": 40 }),
        )
    });
    for payload in join_all(work).await {
        assert_eq!(payload["errors"], json!([]));
    }
    let texts = texts(&bench, &id).await;
    assert_eq!(texts.len(), 40);
    assert!(
        texts.iter().all(|text| *text == texts[0]),
        "one writer was the last, whole: {texts:?}"
    );
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    let bench = northwind().await;
    let id = document(&bench, None, "Wrong", "first").await;
    let worker = somebody(&bench, "northwind", "worker").await;
    let mut short = chunk(1, "short");
    short["embedding"].as_array_mut().unwrap().pop();
    let mut nowhere = chunk(2, "nowhere");
    nowhere["embedding"] = json!(vec![0.0; 384]);
    let mut large = chunk(3, "large");
    large["embedding"][7] = json!(1e39);
    let input = json!({
        "documentId": id, "embeddingModel": "", "total": 4,
        "chunks": [
            { "chunkIndex": -1, "text": "", "startChar": -1, "endChar": -1 },
            short, nowhere, large,
            { "chunkIndex": 3, "text": "twice", "startChar": 2, "endChar": 2 },
            { "chunkIndex": 4, "text": "beyond", "startChar": 0, "endChar": 1 },
        ],
    });
    let mut wrong = faults(&bench, &worker, "putDocumentChunks", input).await;
    wrong.sort();
    let paths: Vec<&str> = wrong
        .iter()
        .map(|(_, path)| path.trim_start_matches("input."))
        .collect();
    assert_eq!(
        paths,
        [
            "chunks.0.chunkIndex",
            "chunks.0.endChar",
            "chunks.0.startChar",
            "chunks.0.text",
            "chunks.1.embedding",
            "chunks.2.embedding",
            "chunks.3.embedding",
            "chunks.4.chunkIndex",
            "chunks.4.endChar",
            "chunks.5.chunkIndex",
            "embeddingModel",
        ]
    );
    assert!(wrong.iter().all(|(code, _)| code == "INVALID"));
    let many: Vec<Value> = (0..1001)
        .map(|n| json!({ "chunkIndex": n, "text": "x", "startChar": 0, "endChar": 1 }))
        .collect();
    let many = json!({ "documentId": id, "chunks": many });
    assert_eq!(
        faults(&bench, &worker, "putDocumentChunks", many).await,
        [("INVALID".to_owned(), "input.chunks".to_owned())]
    );
    assert_eq!(texts(&bench, &id).await, ["first"]);
}

#[tokio::test]
async fn the_numbers_come_back_as_they_were_sent_and_only_where_they_are_asked_for() {
    let bench = northwind().await;
    let id = document(&bench, None, "Numbers", "first").await;
    put(&bench, json!({ "documentId": id, "chunks": [chunk(5, "fifth"), { "chunkIndex": 6, "text": "none", "startChar": 0, "endChar": 1 }] })).await;
    let statements = support::Statements::watch();
    let list = |fields: &str| {
        format!("{{ document(id: \"{id}\") {{ chunks {{ totalCount nodes {{ {fields} }} }} }} }}")
    };
    bench.data(&list("chunkIndex text"), json!({})).await;
    let asked = statements.take();
    assert!(
        asked
            .iter()
            .all(|sql| !sql.contains("\"document_chunks\".\"embedding\"")),
        "{asked:#?}"
    );
    let chunks = bench.data(&list("embedding"), json!({})).await["document"]["chunks"].clone();
    assert_eq!(chunks["totalCount"], 3);
    let asked = statements.take();
    assert_eq!(
        asked
            .iter()
            .filter(|sql| sql.contains("\"document_chunks\".\"embedding\""))
            .count(),
        1,
        "{asked:#?}"
    );
    assert_eq!(
        chunks["nodes"][1]["embedding"],
        json!(embedding(&[(5, 0.1)]))
    );
    assert_eq!(chunks["nodes"][2]["embedding"], Value::Null);
}
