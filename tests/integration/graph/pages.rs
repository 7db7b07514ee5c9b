//! Walking a list page by page: nothing lost, nothing doubled, and no cursor that is believed where it was not made.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::{column, value};

use super::bench::{Bench, each};

const WALK: &str =
    "query($first: Int, $after: String, $last: Int, $before: String, $filter: PhotoFilter) {
    photos(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn ties() -> Value {
    json!({ "s3Key": { "startsWith": "tie/" } })
}

/// 30 photos of three moments, ten each.
async fn tied() -> Bench {
    let bench = Bench::northwind().await;
    let moments = "timestamptz '2026-11-01 12:00Z' + (n % 3) * interval '1 second'";
    bench
        .add_photos("Maple Street Reroof", "tie/", 30, moments)
        .await;
    bench
}

async fn sorted(bench: &Bench, prefix: &str) -> Vec<String> {
    column(
        &bench.superuser,
        &format!("SELECT id::text FROM photos WHERE s3_key LIKE '{prefix}%' AND deleted_at IS NULL ORDER BY created_at DESC, id DESC"),
    )
    .await
}

/// All ids from one end to the other, in the order of the list; `between` is done between the pages.
async fn walk(bench: &Bench, size: usize, forward: bool, between: &[String]) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    for page in 0.. {
        let variables = if forward {
            json!({ "first": size, "after": cursor, "filter": ties() })
        } else {
            json!({ "last": size, "before": cursor, "filter": ties() })
        };
        let photos = bench.data(WALK, variables).await["photos"].clone();
        let info = &photos["pageInfo"];
        let ids = each(&photos, "id");
        let (more, came_from, next) = if forward {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        } else {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        };
        assert_eq!(info[came_from], page > 0, "{photos}");
        let more = info[more].as_bool().unwrap();
        assert!(!more || ids.len() == size, "{photos}");
        all = if forward {
            [all, ids].concat()
        } else {
            [ids, all].concat()
        };
        if !more {
            break;
        }
        cursor = info[next].clone();
        if let Some(sql) = between.get(page % between.len().max(1)) {
            bench.arrange(sql).await;
        }
    }
    all
}

#[tokio::test]
async fn every_page_size_over_ties_in_both_directions() {
    let bench = tied().await;
    let expected = sorted(&bench, "tie/").await;
    assert_eq!(expected.len(), 30);
    for size in (1..=7).chain([29, 30, 31]) {
        for forward in [true, false] {
            let walked = walk(&bench, size, forward, &[]).await;
            assert_eq!(walked, expected, "pages of {size}, forward: {forward}");
        }
    }
}

#[tokio::test]
async fn rows_that_come_and_go_neither_hide_nor_repeat_others() {
    let bench = tied().await;
    let stays = sorted(&bench, "tie/").await;
    let copy = |key: &str, moment: &str| {
        format!(
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, created_at)
             SELECT organization_id, project_id, user_id, s3_url, 'tie/{key}' || gen_random_uuid(), {moment}
             FROM photos WHERE s3_key = 'tie/1'"
        )
    };
    let between = [
        // Into the ties, and at both ends.
        copy("x", "timestamptz '2026-11-01 12:00:01Z'"),
        copy("x", "timestamptz '2026-11-01 12:00:02Z'"),
        copy("x", "now()"),
        "UPDATE photos SET deleted_at = now() WHERE ctid = (SELECT ctid FROM photos WHERE s3_key LIKE 'tie/x%' AND deleted_at IS NULL LIMIT 1)".to_owned(),
        copy("x", "timestamptz '2026-10-01 12:00Z'"),
        "DELETE FROM photos WHERE ctid = (SELECT ctid FROM photos WHERE s3_key LIKE 'tie/x%' LIMIT 1)".to_owned(),
    ];
    for size in 1..=7 {
        for forward in [true, false] {
            let walked = walk(&bench, size, forward, &between).await;
            let seen: BTreeSet<_> = walked.iter().collect();
            assert_eq!(seen.len(), walked.len(), "doubled, pages of {size}");
            let kept: Vec<_> = walked.into_iter().filter(|id| stays.contains(id)).collect();
            assert_eq!(kept, stays, "pages of {size}, forward: {forward}");
        }
    }
    // Also when the row is gone that the cursor stands on.
    let page = bench
        .data(WALK, json!({ "first": 5, "filter": ties() }))
        .await["photos"]
        .clone();
    let ids = each(&page, "id");
    bench
        .arrange(&format!("DELETE FROM photos WHERE id = '{}'", ids[4]))
        .await;
    let mut rest = sorted(&bench, "tie/").await.split_off(4);
    rest.truncate(100);
    let variables =
        json!({ "first": 100, "after": page["pageInfo"]["endCursor"], "filter": ties() });
    let next = bench.data(WALK, variables).await["photos"].clone();
    assert_eq!(each(&next, "id"), rest);
}

#[tokio::test]
async fn two_keys_that_go_different_ways() {
    let bench = Bench::northwind().await;
    // Names are unique, so that only times can be tied: three of each.
    bench
        .arrange(
            "INSERT INTO projects (organization_id, name, created_at)
             SELECT (SELECT id FROM organizations WHERE slug = 'northwind'), 'Site ' || chr(65 + n), timestamptz '2026-10-01 00:00Z' + (n / 3) * interval '1 day'
             FROM generate_series(0, 11) AS n",
        )
        .await;
    for (order, sql) in [
        (
            "[{ field: CREATED_AT, direction: ASC }, { field: NAME, direction: DESC }]",
            "created_at, name DESC",
        ),
        (
            "[{ field: CREATED_AT, direction: DESC }, { field: NAME, direction: ASC }]",
            "created_at DESC, name",
        ),
        (
            "[{ field: CREATED_AT, direction: DESC }, { field: NAME, direction: DESC }]",
            "created_at DESC, name DESC",
        ),
        (
            "[{ field: NAME, direction: ASC }, { field: CREATED_AT, direction: DESC }]",
            "name, created_at DESC",
        ),
        ("[{ field: NAME, direction: ASC }]", "name"),
        (
            "[{ field: CREATED_AT, direction: ASC }, { field: CREATED_AT, direction: DESC }, { field: NAME, direction: ASC }]",
            "created_at, name",
        ),
        ("[]", "created_at DESC, id DESC"),
    ] {
        let expected: Vec<String> = column(
            &bench.superuser,
            &format!("SELECT projects.id::text FROM projects JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind' AND projects.deleted_at IS NULL ORDER BY {}",
                sql.split(", ").map(|key| format!("projects.{key}")).collect::<Vec<_>>().join(", ")),
        )
        .await;
        for size in 1..=7 {
            for (count, from, info) in [
                ("first", "after", "endCursor"),
                ("last", "before", "startCursor"),
            ] {
                let document = format!(
                    "query($cursor: String) {{ projects({count}: {size}, {from}: $cursor, orderBy: {order}) {{ nodes {{ id }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
                );
                let (mut all, mut cursor) = (Vec::new(), Value::Null);
                loop {
                    let page = bench.data(&document, json!({ "cursor": cursor })).await["projects"]
                        .clone();
                    let ids = each(&page, "id");
                    let more = if count == "first" {
                        "hasNextPage"
                    } else {
                        "hasPreviousPage"
                    };
                    all = if count == "first" {
                        [all, ids].concat()
                    } else {
                        [ids, all].concat()
                    };
                    if page["pageInfo"][more] == false {
                        break;
                    }
                    cursor = page["pageInfo"][info].clone();
                }
                assert_eq!(all, expected, "{order}, {count}: {size}");
            }
        }
    }
}

#[tokio::test]
async fn pages_below_other_rows_go_on_where_they_ended() {
    let bench = tied().await;
    let project: String = value(
        &bench.superuser,
        "SELECT id::text FROM projects WHERE name = 'Maple Street Reroof'",
    )
    .await;
    let expected: Vec<String> = column(
        &bench.superuser,
        &format!("SELECT id::text FROM photos WHERE project_id = '{project}' AND deleted_at IS NULL ORDER BY created_at DESC, id DESC"),
    )
    .await;
    for (count, from, more, edge) in [
        ("first", "after", "hasNextPage", "endCursor"),
        ("last", "before", "hasPreviousPage", "startCursor"),
    ] {
        for size in [1, 4, 7] {
            let document = format!(
                "query($id: ID!, $cursor: String) {{ project(id: $id) {{ photos({count}: {size}, {from}: $cursor) {{
                    nodes {{ id }} edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
            );
            let (mut all, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let data = bench
                    .data(&document, json!({ "id": project, "cursor": cursor }))
                    .await;
                let page = &data["project"]["photos"];
                let ids = each(page, "id");
                let edges = page["edges"].as_array().unwrap();
                assert_eq!(
                    edges.first().unwrap()["cursor"],
                    page["pageInfo"]["startCursor"]
                );
                assert_eq!(
                    edges.last().unwrap()["cursor"],
                    page["pageInfo"]["endCursor"]
                );
                assert!(
                    edges
                        .iter()
                        .zip(&ids)
                        .all(|(edge, id)| edge["node"]["id"] == **id)
                );
                all = if count == "first" {
                    [all, ids].concat()
                } else {
                    [ids, all].concat()
                };
                if page["pageInfo"][more] == false {
                    break;
                }
                cursor = page["pageInfo"][edge].clone();
            }
            assert_eq!(all, expected, "{count}: {size}");
        }
    }
}

#[tokio::test]
async fn labels_are_walked_both_ways() {
    let bench = Bench::northwind().await;
    let expected: Vec<String> = column(
        &bench.superuser,
        "SELECT DISTINCT tag FROM tags JOIN photos ON photos.id = photo_id JOIN organizations ON organizations.id = tags.organization_id WHERE slug = 'northwind' AND photos.deleted_at IS NULL ORDER BY tag",
    )
    .await;
    for size in 1..=7 {
        for (count, from, more, edge) in [
            ("first", "after", "hasNextPage", "endCursor"),
            ("last", "before", "hasPreviousPage", "startCursor"),
        ] {
            let document = format!(
                "query($cursor: String) {{ labels({count}: {size}, {from}: $cursor) {{ totalCount nodes {{ name }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            let (mut all, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let page =
                    bench.data(&document, json!({ "cursor": cursor })).await["labels"].clone();
                assert_eq!(page["totalCount"], expected.len());
                let names = each(&page, "name");
                all = if count == "first" {
                    [all, names].concat()
                } else {
                    [names, all].concat()
                };
                if page["pageInfo"][more] == false {
                    break;
                }
                cursor = page["pageInfo"][edge].clone();
            }
            assert_eq!(all, expected, "{count}: {size}");
        }
    }
}

#[tokio::test]
async fn both_ends_and_impossible_sizes() {
    let bench = tied().await;
    let page = |variables: Value| {
        let mut variables = variables;
        variables["filter"] = ties();
        async { bench.data(WALK, variables).await["photos"].clone() }
    };
    let expected = sorted(&bench, "tie/").await;
    // After the last and before the first there is nothing, and nothing further.
    let all = page(json!({ "first": 30 })).await;
    assert_eq!(all["pageInfo"]["hasNextPage"], false);
    assert_eq!(all["pageInfo"]["hasPreviousPage"], false);
    let beyond = page(json!({ "first": 5, "after": all["pageInfo"]["endCursor"] })).await;
    assert_eq!(
        beyond,
        json!({ "nodes": [], "pageInfo": { "hasNextPage": false, "hasPreviousPage": true, "startCursor": null, "endCursor": null } })
    );
    let beyond = page(json!({ "last": 5, "before": all["pageInfo"]["startCursor"] })).await;
    assert_eq!(
        beyond,
        json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "hasPreviousPage": false, "startCursor": null, "endCursor": null } })
    );
    // Between two cursors, from either end.
    let first = page(json!({ "first": 5 })).await["pageInfo"]["endCursor"].clone();
    let last = page(json!({ "last": 5 })).await["pageInfo"]["startCursor"].clone();
    let between = page(json!({ "first": 100, "after": first, "before": last })).await;
    assert_eq!(each(&between, "id"), expected[5..25]);
    let between = page(json!({ "last": 3, "after": first, "before": last })).await;
    assert_eq!(each(&between, "id"), expected[22..25]);
    let crossed = page(json!({ "first": 100, "after": last, "before": first })).await;
    assert_eq!(each(&crossed, "id"), Vec::<String>::new());
    // None at all, and as many as come by themselves.
    for count in ["first", "last"] {
        let none = page(json!({ count: 0 })).await;
        assert_eq!(none["nodes"], json!([]));
        assert_eq!(none["pageInfo"]["startCursor"], Value::Null);
    }
    assert_eq!(each(&page(json!({})).await, "id"), expected[..20]);

    for (variables, said) in [
        (json!({ "first": 101 }), "first is 0 to 100, not 101"),
        (json!({ "first": -1 }), "first is 0 to 100, not -1"),
        (json!({ "last": 101 }), "last is 0 to 100, not 101"),
        (
            json!({ "last": i32::MIN }),
            "last is 0 to 100, not -2147483648",
        ),
        (
            json!({ "first": 1, "last": 1 }),
            "first and last cannot be used together: say how many from one end",
        ),
    ] {
        let answer = bench.ask_with(WALK, variables).await;
        assert_eq!((answer.code(), answer.message()), ("BAD_REQUEST", said));
    }
    let answer = bench
        .ask("{ projects(orderBy: [{field: NAME, direction: ASC}, {field: NAME, direction: ASC}, {field: NAME, direction: ASC}, {field: NAME, direction: ASC}, {field: NAME, direction: ASC}]) { nodes { id } } }")
        .await;
    assert_eq!(
        (answer.code(), answer.message()),
        ("BAD_REQUEST", "orderBy has at most 4 keys, this one has 5")
    );
}

#[tokio::test]
async fn cursors_are_believed_only_where_they_were_made() {
    let bench = tied().await;
    let cursor_of = async |list: &str, token: &str| {
        let answer = bench
            .gateway
            .query(
                token,
                &format!("{{ it: {list} {{ pageInfo {{ endCursor }} }} }}"),
                json!({}),
            )
            .await;
        answer.data()["it"]["pageInfo"]["endCursor"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let other = "this cursor was made for another list, order or filter";
    let by_name = "orderBy: [{ field: NAME, direction: ASC }]";
    for (made_in, used_in, said) in [
        (
            "projects(first: 1)",
            format!("projects(first: 1, {by_name}, after: $c)"),
            other,
        ),
        (
            "projects(first: 1)",
            "projects(first: 1, orderBy: [{ field: CREATED_AT, direction: ASC }], after: $c)"
                .to_owned(),
            other,
        ),
        (
            "projects(first: 1)",
            "projects(first: 1, orderBy: [{ field: CREATED_AT, direction: DESC }, { field: NAME, direction: ASC }], after: $c)".to_owned(),
            other,
        ),
        (
            "projects(first: 1)",
            "photos(first: 1, after: $c)".to_owned(),
            other,
        ),
        (
            "projects(first: 1)",
            "labels(first: 1, after: $c)".to_owned(),
            other,
        ),
        (
            "labels(first: 1)",
            "projects(first: 1, after: $c)".to_owned(),
            other,
        ),
        (
            "labels(first: 1)",
            r#"labels(first: 1, after: $c, filter: { startsWith: "a" })"#.to_owned(),
            other,
        ),
        (
            "photos(first: 1)",
            r#"photos(first: 1, after: $c, filter: { s3Key: { startsWith: "tie/" } })"#.to_owned(),
            other,
        ),
        (
            "photos(first: 1)",
            r#"photos(first: 1, before: $c, filter: { s3Key: { startsWith: "tie/" } })"#.to_owned(),
            other,
        ),
    ] {
        let cursor = cursor_of(made_in, &bench.token).await;
        let document = format!(
            "query($c: String) {{ it: {used_in} {{ totalCount pageInfo {{ endCursor }} }} }}"
        );
        let answer = bench.ask_with(&document, json!({ "c": cursor })).await;
        let argument = if used_in.contains("before") {
            "before"
        } else {
            "after"
        };
        assert_eq!(
            (answer.code(), answer.message()),
            ("BAD_REQUEST", &*format!("{argument}: {said}")),
            "{used_in}"
        );
    }
    // The order that comes by itself is the same as when it is written down.
    let cursor = cursor_of("projects(first: 1)", &bench.token).await;
    bench
        .data("query($c: String) { projects(first: 1, after: $c, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { id } } }", json!({ "c": cursor }))
        .await;

    // Of another organization: a place in time like any other, and only own rows on either side of it.
    let alpine = bench.gateway.token("alpine", "admin@alpine.example").await;
    let cursor = cursor_of("photos(first: 100)", &alpine).await;
    let document = "query($c: String) { after: photos(first: 100, after: $c) { nodes { organization { slug } } } before: photos(last: 100, before: $c) { nodes { organization { slug } } } }";
    let data = bench.data(document, json!({ "c": cursor })).await;
    assert!(!data.to_string().contains("alpine"), "{data}");
    let (after, before) = (&data["after"]["nodes"], &data["before"]["nodes"]);
    let all: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM photos JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind' AND photos.deleted_at IS NULL",
    )
    .await;
    assert_eq!(
        after.as_array().unwrap().len() + before.as_array().unwrap().len(),
        usize::try_from(all).unwrap()
    );
}

/// Turns one bit around.
fn flipped(text: &str, bit: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[bit / 7] ^= 1 << (bit % 7);
    String::from_utf8(bytes).unwrap()
}

/// A cursor with these keys for the list that another cursor was made for.
fn forged(genuine: &str, keys: &Value, id: &Value) -> String {
    let held: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(genuine).unwrap()).unwrap();
    URL_SAFE_NO_PAD.encode(json!([held[0], keys, id]).to_string())
}

#[tokio::test]
async fn damaged_and_forged_cursors_are_refused_or_harmless() {
    let bench = tied().await;
    let document = "query($c: String) { photos(first: 1) { pageInfo { endCursor } } projects(first: 1, after: $c, orderBy: [{ field: NAME, direction: ASC }]) { pageInfo { endCursor } } }";
    let data = bench.data(document, json!({})).await;
    let photo = data["photos"]["pageInfo"]["endCursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let project = data["projects"]["pageInfo"]["endCursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut tried: Vec<(bool, String)> = Vec::new();
    for (by_name, cursor) in [(false, &photo), (true, &project)] {
        tried.extend((0..cursor.len() * 7).map(|bit| (by_name, flipped(cursor, bit))));
        tried.extend((0..cursor.len()).map(|length| (by_name, cursor[..length].to_owned())));
        for garbage in [
            "",
            "garbage",
            "%00",
            "💥",
            "bnVsbA",
            "W10",
            "\u{0}",
            &"A".repeat(10_000),
        ] {
            tried.push((by_name, garbage.to_owned()));
        }
        let id = json!("018f0000-0000-7000-8000-000000000001");
        for keys in [
            json!([i64::MAX]),
            json!([i64::MIN]),
            json!([9_000_000_000_000_000_000_i64]),
            json!([-8_000_000_000_000_000_000_i64]),
            json!([-200_000_000_000_000_000_i64]),
            json!([0.5]),
            json!([null]),
            json!([true]),
            json!([{}]),
            json!([]),
            json!(["\u{0}"]),
            json!(["a", "b"]),
            json!(["'; DROP TABLE photos; --"]),
            json!([1e300]),
            json!("text"),
            json!(7),
        ] {
            tried.push((by_name, forged(cursor, &keys, &id)));
        }
        tried.push((by_name, forged(cursor, &json!([0]), &json!("no uuid"))));
    }
    let count = tried.len();
    for (by_name, cursor) in tried {
        let list = if by_name {
            "projects(first: 1, after: $c, orderBy: [{ field: NAME, direction: ASC }])"
        } else {
            "photos(first: 1, after: $c)"
        };
        let answer = bench
            .ask_with(
                &format!("query($c: String) {{ {list} {{ nodes {{ id }} }} }}"),
                json!({ "c": cursor }),
            )
            .await;
        if !answer.body["errors"].is_null() {
            assert_eq!(answer.code(), "BAD_REQUEST", "{cursor}: {}", answer.text);
        }
    }
    println!("{count} damaged cursors");
}

#[tokio::test]
async fn how_large_a_page_may_be_is_a_setting() {
    const PHOTOS: &str = "query($first: Int, $last: Int) {
        photos(first: $first, last: $last, filter: { s3Key: { startsWith: \"many/\" } }) { nodes { id } } }";
    for (largest, usual) in [(150, 20), (7, 7)] {
        let bench = Bench::with("northwind", "admin", |settings| {
            settings.limits.page = largest;
        })
        .await;
        bench
            .add_photos(
                "Maple Street Reroof",
                "many/",
                200,
                "now() - n * interval '1 second'",
            )
            .await;
        let expected = sorted(&bench, "many/").await;
        let size = usize::try_from(largest).unwrap();
        for (end, ids) in [
            ("first", &expected[..size]),
            ("last", &expected[200 - size..]),
        ] {
            let photos = bench.data(PHOTOS, json!({ end: largest })).await;
            assert_eq!(each(&photos["photos"], "id"), ids);
        }
        let photos = bench.data(PHOTOS, json!({})).await;
        assert_eq!(each(&photos["photos"], "id"), expected[..usual]);

        // Wherever there is a list: of objects, under an object, of values.
        let beyond = largest + 1;
        let said = format!("first is 0 to {largest}, not {beyond}");
        for list in [
            format!("photos(first: {beyond}) {{ nodes {{ id }} }}"),
            format!(
                "photos(first: 1) {{ nodes {{ tags(first: {beyond}) {{ nodes {{ id }} }} }} }}"
            ),
            format!("labels(first: {beyond}) {{ nodes {{ name }} }}"),
        ] {
            let answer = bench.ask(&format!("{{ {list} }}")).await;
            assert_eq!((answer.code(), answer.message()), ("BAD_REQUEST", &*said));
            let allowed = list.replace(&beyond.to_string(), &largest.to_string());
            bench.data(&format!("{{ {allowed} }}"), json!({})).await;
        }
    }
}
