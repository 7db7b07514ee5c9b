//! How deep, how long, how wide a filter may be.

use serde_json::json;

use super::Bench;

#[tokio::test]
async fn so_deep_and_so_long_and_no_further() {
    let bench = Bench::northwind().await;
    let document = "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }";
    let nested = |depth: u32| {
        (0..depth).fold(json!({}), |inner, level| {
            if (depth - level) % 2 == 1 {
                json!({ "project": inner })
            } else {
                json!({ "photos": { "some": inner } })
            }
        })
    };
    for depth in 1..=4 {
        let answer = bench
            .ask_with(document, json!({ "f": nested(depth) }))
            .await;
        assert!(answer.data()["photos"]["totalCount"].as_i64().unwrap() > 0);
    }
    for wrong in [
        nested(5),
        json!({ "not": { "or": [{}, { "and": [nested(5)] }] } }),
    ] {
        let answer = bench.ask_with(document, json!({ "f": wrong })).await;
        assert_eq!(
            (answer.code(), answer.message()),
            ("BAD_REQUEST", "a filter follows at most 4 relations")
        );
    }
    let id = "018f0000-0000-7000-8000-000000000001";
    for operator in ["in", "notIn"] {
        for (filter, many) in [
            (json!({ "id": { operator: vec![id; 1000] } }), false),
            (json!({ "id": { operator: vec![id; 1001] } }), true),
            (json!({ "s3Key": { operator: vec!["a"; 1000] } }), false),
            (json!({ "s3Key": { operator: vec!["a"; 1001] } }), true),
            (
                json!({ "createdAt": { operator: vec!["2026-11-01T00:00:00Z"; 1001] } }),
                true,
            ),
            (
                json!({ "detections": { "some": { "detectionType": { operator: vec!["DAMAGE"; 1001] } } } }),
                true,
            ),
            (
                json!({ "not": { "detections": { "none": { "userConfirmed": { operator: vec![true; 1001] } } } } }),
                true,
            ),
        ] {
            let answer = bench.ask_with(document, json!({ "f": filter })).await;
            if many {
                assert_eq!(
                    (answer.code(), answer.message()),
                    (
                        "BAD_REQUEST",
                        "a list in a filter holds at most 1000 values, this one has 1001"
                    )
                );
            } else {
                answer.data();
            }
        }
    }
    let answer = bench
        .ask_with(
            document,
            json!({ "f": { "exifData": { "path": ["a"], "in": vec![1; 1001] } } }),
        )
        .await;
    assert_eq!(answer.code(), "BAD_REQUEST");
    for path in [json!([]), json!(vec!["a"; 17])] {
        let answer = bench
            .ask_with(
                document,
                json!({ "f": { "exifData": { "path": path, "eq": 1 } } }),
            )
            .await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    }
    // Wide and deep without relations: as many conditions as there may be are answered, more are refused before any SQL is made.
    let wide = |number: usize| json!({ "or": vec![json!({ "s3Key": { "eq": "a" } }); number] });
    let deep = |number: usize| {
        (0..number).fold(
            json!({ "s3Key": { "ne": "a" } }),
            |inner, _| json!({ "not": inner }),
        )
    };
    let both = json!({ "and": vec![json!({ "or": vec![json!({ "not": { "s3Key": { "eq": "a" } } }); 12] }); 13] });
    for filter in [wide(249), deep(60), both] {
        bench
            .ask_with(document, json!({ "f": filter }))
            .await
            .data();
    }
    for filter in [
        wide(250),
        wide(20_000),
        json!({ "detections": { "none": { "or": vec![json!({}); 100_000] } } }),
    ] {
        let answer = bench.ask_with(document, json!({ "f": filter })).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
        assert!(
            answer
                .message()
                .starts_with("a filter has at most 500 objects in it"),
            "{}",
            answer.text
        );
    }
}
