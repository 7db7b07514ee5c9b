//! Statements and rows of all sizes: more statements than are kept, values that PostgreSQL has not, columns that change.

use sea_orm::ConnectionTrait;
use serde_json::json;
use support::Cluster;

use super::{Watched, eventually};

const PHOTOS: &str = "{ photos(first: 2) { nodes { id width } } }";

/// Photos with one of so many ids; only the first is of any.
fn one_of(number: usize, id: &str) -> String {
    let others: String = (1..number)
        .map(|other| format!(", \"ffffffff-ffff-4fff-bfff-{other:012}\""))
        .collect();
    format!("{{ photos(filter: {{ id: {{ in: [\"{id}\"{others}] }} }}) {{ nodes {{ id }} }} }}")
}

impl Watched {
    /// How many statements a session of PostgreSQL keeps, as it tells in its log.
    async fn kept_by(&self, process: i32) -> usize {
        let log = Cluster::shared().postgres().log_file();
        let seen = std::fs::metadata(&log).unwrap().len() as usize;
        self.bench
            .arrange(&format!("SELECT pg_log_backend_memory_contexts({process})"))
            .await;
        let mut told = Vec::new();
        eventually("the session tells", async || {
            let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()[seen..]).into_owned();
            told = text
                .lines()
                .filter(|line| line.contains(&format!("[{process}]")))
                .map(str::to_owned)
                .collect();
            told.iter().any(|line| line.contains("Grand total"))
        })
        .await;
        told.iter()
            .filter(|line| line.contains("CachedPlanSource:"))
            .count()
    }
}

#[tokio::test]
async fn more_different_ones_than_are_kept() {
    let watched = Watched::northwind().await;
    let photo = watched.read(PHOTOS).await["photos"]["nodes"][0]["id"].clone();
    let id = photo.as_str().unwrap();
    let sessions = watched.sessions().await;
    for number in (1..=600).chain([1, 2, 300, 600]) {
        let data = watched.read(&one_of(number, id)).await;
        assert_eq!(
            data["photos"]["nodes"],
            json!([{ "id": photo }]),
            "{number}"
        );
    }
    assert_eq!(watched.sessions().await, sessions);
}

#[tokio::test]
async fn answers_of_megabytes_and_of_nothing() {
    let watched = Watched::northwind().await;
    watched
        .bench
        .add_photos(
            "Maple Street Reroof",
            "large/",
            100,
            "now() - n * interval '1 minute'",
        )
        .await;
    watched
        .bench
        .arrange("UPDATE photos SET exif_data = jsonb_build_object('n', s3_key, 'text', repeat('lorem \"ipsum\" ', 6000)) WHERE s3_key LIKE 'large/%'")
        .await;
    let large = r#"{ photos(first: 100, filter: { exifData: { path: ["n"], startsWith: "large/" } }) { nodes { exifData } } }"#;
    let small = r#"{ photos(filter: { exifData: { path: ["n"], eq: "none" } }) { nodes { id detections { nodes { id } } } } }"#;
    let text = "lorem \"ipsum\" ".repeat(6000);
    for _ in 0..3 {
        let data = watched.read(large).await;
        let nodes = data["photos"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 100);
        for (index, node) in nodes.iter().enumerate() {
            assert_eq!(
                node["exifData"],
                json!({ "n": format!("large/{}", index + 1), "text": text })
            );
        }
        assert_eq!(
            watched.read(small).await,
            json!({ "photos": { "nodes": [] } })
        );
        assert_eq!(
            watched
                .read("{ photos(first: 1) { nodes { __typename } } }")
                .await,
            json!({ "photos": { "nodes": [{ "__typename": "Photo" }] } })
        );
    }
}

#[tokio::test]
async fn a_text_that_postgresql_has_not_costs_no_connection() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    let refused = |number: usize| {
        let others = ", \"x\"".repeat(number);
        format!(
            "{{ projects(filter: {{ name: {{ in: [\"a\\u0000b\"{others}] }} }}) {{ nodes {{ id }} }} photos(first: 1) {{ nodes {{ detections {{ nodes {{ id }} }} }} }} }}"
        )
    };
    let (answer, _) = watched.ask(&refused(0)).await;
    assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    // By now the resolvers have their connection too.
    let sessions = watched.sessions().await;
    for number in 1..80 {
        let (answer, straight) = watched.ask(&refused(number % 3)).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
        assert!(!straight);
        assert_eq!(watched.read(PHOTOS).await, before);
    }
    assert_eq!(watched.sessions().await, sessions);
    // Nor does it cost memory: statements of other shapes are refused, and PostgreSQL keeps none of them.
    let reading = watched
        .sessions_that("query LIKE '%FROM \"photos\"%'")
        .await;
    let &[reading] = reading.as_slice() else {
        panic!("one session was expected to have read: {reading:?}");
    };
    let before = watched.kept_by(reading).await;
    for number in 10..60 {
        watched.ask(&refused(number)).await;
    }
    let read = watched.read(PHOTOS).await;
    let after = watched.kept_by(reading).await;
    assert!(
        before > 0 && after <= before + 2,
        "{before} statements, then {after}: {read}"
    );
}

#[tokio::test]
async fn more_values_than_a_statement_can_have() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    let some = |of: u32| {
        let names: Vec<String> = (0..1000).map(|name| format!("{of}-{name}")).collect();
        json!({ "username": { "in": names } })
    };
    let variables = json!({ "filter": { "or": (0..70).map(some).collect::<Vec<_>>() } });
    let sessions = watched.sessions().await;
    let answer = watched
        .bench
        .ask_with(
            "query($filter: UserFilter) { users(filter: $filter) { nodes { id } } }",
            variables,
        )
        .await;
    assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    let left = watched.sessions().await;
    assert!(
        sessions.iter().all(|session| left.contains(session)),
        "{sessions:?}, then {left:?}"
    );
    assert_eq!(watched.read(PHOTOS).await, before);
}

#[tokio::test]
async fn a_column_of_another_type_is_never_read_as_what_it_was() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    watched
        .bench
        .arrange("ALTER TABLE photos DROP CONSTRAINT photos_width_positive")
        .await;
    let alter = async |column: &str, kind: &str, using: &str| {
        watched
            .bench
            .superuser
            .execute_unprepared(&format!(
                "ALTER TABLE photos ALTER {column} TYPE {kind} USING {using}"
            ))
            .await
            .unwrap();
    };
    for (kind, using) in [
        ("bigint", "width"),
        ("text", "width::text"),
        ("real", "width::real"),
        ("smallint", "1"),
    ] {
        alter("width", kind, using).await;
        for _ in 0..3 {
            let (answer, straight) = watched.ask(PHOTOS).await;
            assert!(!straight, "{kind}: {}", answer.text);
            // The resolvers may understand it, or say that they do not; nobody makes anything up.
            if answer.body["errors"].is_null() {
                assert_eq!(answer.data(), &before, "{kind}");
            } else {
                assert_eq!(answer.code(), "INTERNAL", "{kind}: {}", answer.text);
                assert!(!answer.text.contains("width\\\""), "{}", answer.text);
            }
            // What does not look at the column goes straight.
            watched
                .read("{ photos(first: 2) { nodes { id height } } }")
                .await;
        }
        if kind != "smallint" {
            // Prepared once more, for the type that is there now.
            watched.end_sessions("true").await;
            watched.ask(PHOTOS).await;
            alter("width", "integer", "width::integer").await;
            // Prepared before, for both types.
            assert_eq!(watched.read(PHOTOS).await, before, "{kind}");
            assert_eq!(watched.read(PHOTOS).await, before, "{kind}");
        }
    }
}

/// What the first statement of a round answers is more than the sockets hold, and so is what the last one brings.
#[tokio::test]
async fn large_answers_come_while_large_statements_go() {
    let watched = Watched::northwind().await;
    let photo = watched.read(PHOTOS).await["photos"]["nodes"][0]["id"].clone();
    let detection = |n: usize| {
        let results = json!({ "label": format!("no. {n}"), "unit": "m".repeat(600) });
        json!({ "photoId": photo, "detectionType": "DAMAGE", "results": results })
    };
    let detections: Vec<_> = (0..1000).map(detection).collect();
    let recorded = watched
        .bench
        .data(
            "mutation($input: RecordDetectionsInput!) { recordDetections(input: $input) { detections { id } errors { message } } }",
            json!({ "input": { "detections": detections } }),
        )
        .await;
    let recorded = recorded["recordDetections"]["detections"].as_array();
    assert_eq!(recorded.map(Vec::len), Some(1000));
}
