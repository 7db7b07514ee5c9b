//! Which rows a filter finds, against what the superuser finds by plain SQL.

mod bounds;
mod columns;
mod json;
mod logic;
mod texts;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::column;

use super::bench::Bench;

/// A list of the graph: its field, its filter, its table.
struct List(&'static str, &'static str, &'static str);

const PHOTOS: List = List("photos", "PhotoFilter", "photos");
const DETECTIONS: List = List("detections", "DetectionFilter", "detections");
const PROJECTS: List = List("projects", "ProjectFilter", "projects");
const USERS: List = List("users", "UserFilter", "users");
const EVENTS: List = List(
    "processingTimeline",
    "ProcessingEventFilter",
    "processing_events",
);

/// All that a filter finds, page by page.
async fn found(bench: &Bench, list: &List, filter: &Value) -> BTreeSet<String> {
    let document = format!(
        "query($f: {}, $after: String) {{ it: {}(filter: $f, first: 100, after: $after) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}",
        list.1, list.0
    );
    let (mut ids, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let answer = bench
            .ask_with(&document, json!({ "f": filter, "after": after }))
            .await;
        assert!(answer.body["errors"].is_null(), "{filter}: {}", answer.text);
        let page = &answer.data()["it"];
        for node in page["nodes"].as_array().unwrap() {
            assert!(
                ids.insert(node["id"].as_str().unwrap().to_owned()),
                "{filter}: twice"
            );
        }
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], ids.len(), "{filter}");
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// What is northwind's, not in the bin nor under a photo that is, and fits a condition in SQL.
async fn expected(bench: &Bench, list: &List, condition: &str) -> BTreeSet<String> {
    let bin = match list.2 {
        "detections" | "processing_events" => {
            "AND EXISTS (SELECT FROM photos WHERE photos.id = it.photo_id AND deleted_at IS NULL)"
        }
        _ => "AND it.deleted_at IS NULL",
    };
    let sql = format!(
        "SELECT it.id::text FROM {} AS it WHERE it.organization_id = (SELECT id FROM organizations WHERE slug = 'northwind') {bin} AND ({condition})",
        list.2
    );
    column::<String, _>(&bench.superuser, &sql)
        .await
        .into_iter()
        .collect()
}

/// Each filter finds what its condition finds.
async fn compare(bench: &Bench, list: &List, cases: &[(Value, &str)]) {
    for (filter, condition) in cases {
        let expected = expected(bench, list, condition).await;
        assert_eq!(
            found(bench, list, filter).await,
            expected,
            "{}: {filter}, {condition}",
            list.0
        );
    }
}

async fn one(bench: &Bench, sql: &str) -> String {
    support::value(&bench.superuser, sql).await
}
