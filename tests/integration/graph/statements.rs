//! How many SQL statements a request costs: one a level, whatever the number of parents.

use serde_json::json;
use support::Statements;

use super::bench::Bench;

/// 100 photos with three detections each, and two tags on each of those.
async fn crowd() -> Bench {
    let bench = Bench::northwind().await;
    bench
        .add_photos(
            "Maple Street Reroof",
            "crowd/",
            100,
            "now() - n * interval '1 minute'",
        )
        .await;
    bench
        .arrange(
            "INSERT INTO detections (organization_id, project_id, photo_id, detection_type, results, created_at)
             SELECT organization_id, project_id, id, 'damage', '{\"label\": \"hail\"}', now() + n * interval '1 second'
             FROM photos, generate_series(1, 3) AS n WHERE s3_key LIKE 'crowd/%'",
        )
        .await;
    bench
        .arrange(
            "INSERT INTO tags (organization_id, project_id, photo_id, detection_id, tag, source)
             SELECT detections.organization_id, detections.project_id, photo_id, detections.id, 'crowd ' || detections.id || n, 'ai'
             FROM detections JOIN photos ON photos.id = photo_id, generate_series(1, 2) AS n WHERE s3_key LIKE 'crowd/%'",
        )
        .await;
    bench
}

const CROWD: &str = r#"filter: { s3Key: { startsWith: "crowd/" } }"#;

#[tokio::test]
async fn one_a_level_whatever_the_number_of_parents() {
    let bench = crowd().await;
    let statements = Statements::watch();
    let levels = ["", "detections(first: 3)", "tags(first: 2)", "photo"];
    for depth in 1..=4 {
        for parents in [1, 2, 20, 100] {
            let mut inner = String::from("id");
            for level in levels[1..depth].iter().rev() {
                inner = if *level == "photo" {
                    format!("id {level} {{ {inner} s3Key }}")
                } else {
                    format!("id {level} {{ nodes {{ {inner} }} }}")
                };
            }
            let document =
                format!("{{ photos(first: {parents}, {CROWD}) {{ nodes {{ {inner} }} }} }}");
            statements.take();
            let data = bench.data(&document, json!({})).await;
            let asked = statements.take();
            assert_eq!(asked.len(), depth, "{document}\n{asked:#?}");
            // And everybody got their own.
            let photos = data["photos"]["nodes"].as_array().unwrap();
            assert_eq!(photos.len(), parents);
            for photo in photos {
                let detections = photo["detections"]["nodes"].as_array();
                assert_eq!(detections.map_or(3, Vec::len), 3, "{document}");
                for detection in detections.into_iter().flatten() {
                    let tags = detection["tags"]["nodes"].as_array();
                    assert_eq!(tags.map_or(2, Vec::len), 2, "{document}");
                    for tag in tags.into_iter().flatten() {
                        assert!(depth < 4 || tag["photo"]["id"] == photo["id"], "{document}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn the_page_of_photos_with_detections_and_tags() {
    let bench = crowd().await;
    let statements = Statements::watch();
    bench
        .data(
            "{ photos(first: 20) { nodes { id s3Url s3Key status width height exifData createdAt
                 detections(first: 5) { nodes { id detectionType confidence results userConfirmed } }
                 tags(first: 10) { nodes { id tag source confidence } } } } }",
            json!({}),
        )
        .await;
    let asked = statements.take();
    assert_eq!(asked.len(), 3, "{asked:#?}");
}

#[tokio::test]
async fn counts_are_batched_and_only_run_where_they_are_selected() {
    let bench = crowd().await;
    let statements = Statements::watch();
    for (inner, expected, counts) in [
        ("photos(first: 100) { nodes { id } }", 1, 0),
        // Rows that nobody looks at are not read.
        ("photos(first: 100) { totalCount }", 1, 1),
        ("photos(first: 0) { totalCount }", 1, 1),
        (
            "photos(first: 100) { nodes { detections { nodes { id } } } }",
            2,
            0,
        ),
        (
            "photos(first: 100) { nodes { detections { totalCount } } }",
            2,
            1,
        ),
        (
            "photos(first: 100) { nodes { detections(first: 0) { totalCount } } }",
            2,
            1,
        ),
        (
            "photos(first: 100) { totalCount nodes { detections { totalCount nodes { tags { totalCount } } } } }",
            5,
            3,
        ),
        // Of one list twice, but for the filter: two lists.
        (
            "photos(first: 100) { nodes { a: detections { totalCount } b: detections(filter: { userConfirmed: { eq: true } }) { totalCount } } }",
            3,
            2,
        ),
        (
            "photos(first: 100) { totalCount @skip(if: true) nodes { id } }",
            1,
            0,
        ),
    ] {
        statements.take();
        bench.data(&format!("{{ {inner} }}"), json!({})).await;
        let asked = statements.take();
        assert_eq!(asked.len(), expected, "{inner}\n{asked:#?}");
        let counted = asked.iter().filter(|sql| sql.contains("count(*)")).count();
        assert_eq!(counted, counts, "{inner}\n{asked:#?}");
    }
}

#[tokio::test]
async fn references_are_read_once_a_kind_and_level() {
    let bench = crowd().await;
    let statements = Statements::watch();
    for (document, expected) in [
        // The photos, their projects, users and organizations; the managers took these photos, and the organization is known too.
        (
            "{ photos(first: 100) { nodes { project { name manager { username organization { name } } } user { username } organization { name } } } }",
            4,
        ),
        // What was read for the photos is not read for their detections.
        (
            "{ photos(first: 100) { nodes { project { name } detections(first: 3) { nodes { project { name } } } } } }",
            3,
        ),
        (
            "{ labels(first: 20) { nodes { name photos(first: 5) { nodes { id tags(first: 3) { nodes { label { name } } } } } } } }",
            3,
        ),
        (
            "{ viewer { userId user { username } organization { name } } }",
            2,
        ),
        ("{ viewer { userId permissions } }", 0),
        // Two root fields of one kind are batched too.
        (
            r#"{ a: photo(id: "018f0000-0000-7000-8000-000000000001") { id } b: photo(id: "018f0000-0000-7000-8000-000000000002") { id } }"#,
            1,
        ),
    ] {
        statements.take();
        bench.data(document, json!({})).await;
        let asked = statements.take();
        assert_eq!(asked.len(), expected, "{document}\n{asked:#?}");
    }
}

/// Hundreds of siblings are not all asked in one go, and answers of the database come at any moment between.
#[tokio::test]
async fn no_batch_falls_apart() {
    let bench = crowd().await;
    let statements = Statements::watch();
    let document = "{ photos(first: 100) { totalCount nodes { project { name } user { username }
        detections(first: 3) { totalCount nodes { confirmedBy { id } tags(first: 2) { totalCount nodes { detection { id } label { name photos(first: 1) { totalCount } } } } } }
        tags(first: 9) { totalCount nodes { photo { id } } } } } }";
    let mut counts = Vec::new();
    for _ in 0..20 {
        statements.take();
        bench.data(document, json!({})).await;
        counts.push(statements.take().len());
    }
    // Photos, detections, their tags, the labels' photos, the photos' tags: each with its count; then projects, users,
    // and the tags' photos and detections. Nobody confirmed anything, so nobody is asked for.
    let all = 5 * 2 + 4;
    assert!(
        counts.iter().all(|count| *count == all),
        "{all} were expected: {counts:?}"
    );
}
