//! Values within a JSON column.

use serde_json::{Value, json};

use super::Bench;
use crate::graph::bench::each;

#[tokio::test]
async fn values_within_json() {
    let bench = Bench::northwind().await;
    let samples = [
        r#"{"a": 1, "s": "Apple", "list": [10, {"deep": "x"}, null], "n": null, "o": {"k": {"l": true}}}"#,
        r#"{"a": 2, "s": "apple pie", "list": [20], "o": {"k": {"l": false}}}"#,
        r#"{"a": "1", "s": 5, "list": {"0": 10}, "o": {"k": []}}"#,
        r#"{"a": 1.0, "s": "Ap%le_\\'\"", "we.ird key{}": 1, "0": "zero"}"#,
        r#"{"a": -3e2, "s": "", "big": 12345678901234567890, "t": true}"#,
        r"{}",
    ];
    for (n, sample) in samples.iter().enumerate() {
        support::execute(
            &bench.superuser,
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, exif_data)
             SELECT organization_id, id, manager_id, 's3://', 'json/' || $1::int, $2::jsonb FROM projects WHERE name = 'Maple Street Reroof'",
            [i32::try_from(n).unwrap().into(), serde_json::from_str::<Value>(sample).unwrap().into()],
        )
        .await
        .unwrap();
    }
    for (condition, expected) in [
        (json!({ "path": ["a"], "eq": 1 }), vec![0, 3]),
        (json!({ "path": ["a"], "eq": 1.0 }), vec![0, 3]),
        (json!({ "path": ["a"], "eq": "1" }), vec![2]),
        (json!({ "path": ["a"], "ne": 1 }), vec![1, 2, 4]),
        (json!({ "path": ["a"], "in": [2, "1"] }), vec![1, 2]),
        (json!({ "path": ["a"], "in": [] }), vec![]),
        (json!({ "path": ["a"], "gt": 1 }), vec![1]),
        (json!({ "path": ["a"], "gte": 1 }), vec![0, 1, 3]),
        (json!({ "path": ["a"], "lt": 1 }), vec![4]),
        (json!({ "path": ["a"], "lte": 1 }), vec![0, 3, 4]),
        (json!({ "path": ["a"], "gt": "0" }), vec![2]),
        (json!({ "path": ["s"], "startsWith": "Ap" }), vec![0, 3]),
        (json!({ "path": ["s"], "startsWith": "Ap%" }), vec![3]),
        (json!({ "path": ["s"], "startsWith": "" }), vec![0, 1, 3, 4]),
        (json!({ "path": ["s"], "contains": "PPLE" }), vec![0, 1]),
        (json!({ "path": ["s"], "contains": "_\\'\"" }), vec![3]),
        (json!({ "path": ["s"], "contains": "5" }), vec![]),
        (json!({ "path": ["list", "0"], "eq": 10 }), vec![0, 2]),
        (json!({ "path": ["list", "1", "deep"], "eq": "x" }), vec![0]),
        (json!({ "path": ["list", "-1"], "eq": 20 }), vec![1]),
        (json!({ "path": ["list", "7"], "isNull": false }), vec![]),
        (json!({ "path": ["list"], "eq": [20] }), vec![1]),
        (json!({ "path": ["list"], "eq": { "0": 10 } }), vec![2]),
        (
            json!({ "path": ["n"], "isNull": true }),
            vec![0, 1, 2, 3, 4, 5],
        ),
        (
            json!({ "path": ["list", "2"], "isNull": true }),
            vec![0, 1, 2, 3, 4, 5],
        ),
        (json!({ "path": ["a"], "isNull": true }), vec![5]),
        (
            json!({ "path": ["a"], "isNull": false }),
            vec![0, 1, 2, 3, 4],
        ),
        (json!({ "path": ["o", "k", "l"], "eq": true }), vec![0]),
        (json!({ "path": ["o", "k", "l"], "ne": true }), vec![1]),
        (json!({ "path": ["o", "k"], "eq": {"l": true} }), vec![0]),
        (json!({ "path": ["o", "k"], "eq": [] }), vec![2]),
        (json!({ "path": ["we.ird key{}"], "eq": 1 }), vec![3]),
        (json!({ "path": ["0"], "eq": "zero" }), vec![3]),
        (json!({ "path": ["t"], "eq": true, "ne": false }), vec![4]),
        (
            json!({ "path": ["'; DROP TABLE photos; --"], "isNull": false }),
            vec![],
        ),
        (json!({ "path": ["{a,b}"], "isNull": false }), vec![]),
        (json!({ "path": [""], "isNull": false }), vec![]),
        (json!({ "path": ["a"] }), vec![0, 1, 2, 3, 4, 5]),
    ] {
        let filter = json!({ "s3Key": { "startsWith": "json/" }, "exifData": condition });
        let answer = bench
            .ask_with(
                "query($f: PhotoFilter) { photos(filter: $f, first: 100) { nodes { s3Key } } }",
                json!({ "f": filter }),
            )
            .await;
        let mut keys = each(&answer.data()["photos"], "s3Key");
        keys.sort();
        let expected: Vec<String> = expected.iter().map(|n| format!("json/{n}")).collect();
        assert_eq!(keys, expected, "{condition}");
    }
}
