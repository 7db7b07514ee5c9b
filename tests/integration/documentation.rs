//! The generated pages are what the live schema and the settings say today.

use std::path::Path;

use fieldgraph::documentation::generate;
use support::{TestDatabase, value};

#[tokio::test]
async fn the_committed_pages_are_up_to_date() {
    let database = TestDatabase::migrated().await;
    let pages = generate(&database.owner().await, &fieldgraph::command::description())
        .await
        .unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    assert!(!pages.is_empty());
    for page in pages {
        let committed = std::fs::read_to_string(folder.join(page.name)).unwrap_or_default();
        assert!(
            committed == page.text,
            "docs/{} is not up to date: run `cargo run -- docs`",
            page.name
        );
    }
}

#[tokio::test]
async fn a_table_that_nobody_described_is_named() {
    let database = TestDatabase::migrated().await;
    let owner = database.owner().await;
    support::execute(&owner, "CREATE TABLE stowaways (id uuid PRIMARY KEY)", [])
        .await
        .unwrap();
    let error = match generate(&owner, &fieldgraph::command::description()).await {
        Ok(_) => panic!("a table without an entity was documented"),
        Err(error) => error,
    };
    assert!(error.to_string().contains("stowaways"), "{error}");
}

#[tokio::test]
async fn the_schema_of_detection_results_fits_what_the_demo_records() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/detection-results.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let known = schema["properties"].as_object().unwrap();
    let database = TestDatabase::demo().await;
    let keys: Vec<String> = support::column(
        &database.superuser().await,
        "SELECT DISTINCT jsonb_object_keys(results) FROM detections",
    )
    .await;
    assert!(!keys.is_empty());
    for key in keys {
        assert!(known.contains_key(&key), "{key}");
    }
    let labelled: bool = value(
        &database.superuser().await,
        "SELECT bool_and(jsonb_typeof(results->'label') = 'string') FROM detections",
    )
    .await;
    assert!(labelled);
}
