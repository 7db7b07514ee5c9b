//! Plans in view: what whoever has the key sees of a request's statements, and that nobody else does.

mod operations;
mod repeats;
mod slow;

use fieldgraph::settings::{Options, Secret, Settings};
use reqwest::Method;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use support::{Answer, Gateway, Statements, TestDatabase, value};

const KEY: &str = "a key of the tests to the plans";

/// Answered from rows, without the resolvers.
const COMPILED: &str = "{ photos(first: 20) { nodes { id s3Key detections(first: 3) { nodes { id confidence } } tags(first: 3) { nodes { tag } } } } }";
/// Answered by resolvers.
const RESOLVED: &str =
    "{ photoStats(groupBy: [PROJECT]) { count project { name } } photos(first: 1) { totalCount } }";

struct Bench {
    gateway: Gateway,
    token: String,
    superuser: DatabaseConnection,
    _database: TestDatabase,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|settings| settings.explain_key = Some(Secret::new(KEY))).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::demo().await;
        let gateway = Gateway::start_with(&database, change).await;
        Self {
            token: gateway.token("northwind", "admin@northwind.example").await,
            gateway,
            superuser: database.superuser().await,
            _database: database,
        }
    }

    async fn send(&self, token: &str, keys: &[&str], body: &Value) -> Answer {
        let mut request = self
            .gateway
            .request(Method::POST, "/graphql")
            .header("Accept", "application/graphql-response+json")
            .bearer_auth(token)
            .json(body);
        for key in keys {
            request = request.header("Fieldgraph-Explain", *key);
        }
        Answer::of(request).await
    }

    async fn explained(&self, document: &str, variables: Value) -> Answer {
        let body = json!({ "query": document, "variables": variables });
        let answer = self.send(&self.token, &[KEY], &body).await;
        answer.data();
        answer
    }
}

fn statements(body: &Value) -> &[Value] {
    body["extensions"]["explain"]["statements"]
        .as_array()
        .unwrap_or_else(|| panic!("an explanation was expected: {body}"))
}

fn texts(body: &Value) -> Vec<&str> {
    statements(body)
        .iter()
        .map(|statement| statement["statement"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_read_is_explained_whichever_way_it_is_read() {
    let bench = Bench::new().await;
    let photo: String = value(
        &bench.superuser,
        "SELECT photos.id::text FROM photos JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind' LIMIT 1",
    )
    .await;
    let node = format!(r#"{{ node(id: "{photo}") {{ id ... on Photo {{ s3Key }} }} }}"#);
    let seen = Statements::watch();
    for document in [COMPILED, RESOLVED, &node, "{ viewer { organizationId } }"] {
        seen.take();
        let ordinary = bench
            .gateway
            .query(&bench.token, document, json!({}))
            .await
            .text;
        let mut asked = seen.take();
        let explained = bench.explained(document, json!({})).await;
        let mut explained_asked = seen.take();
        // The answer is the ordinary one, with something behind it.
        let data = ordinary.strip_suffix('}').unwrap();
        assert!(!ordinary.contains("extensions"), "{ordinary}");
        assert_eq!(
            explained.text.strip_prefix(data).map(|rest| &rest[..25]),
            Some(",\"extensions\":{\"explain\":"),
            "{document}"
        );
        // Nothing else was asked, and nothing counts that only explains.
        assert_eq!(texts(&explained.body), explained_asked, "{document}");
        asked.sort();
        explained_asked.sort();
        assert_eq!(asked, explained_asked, "{document}");
        for statement in statements(&explained.body) {
            let plan = &statement["plan"][0];
            assert!(plan["Plan"]["Node Type"].is_string(), "{statement}");
            assert!(plan["Plan"]["Shared Hit Blocks"].is_u64(), "{statement}");
            assert_eq!(
                plan["Plan"]["Actual Rows"].as_f64(),
                statement["rows"].as_f64(),
                "{statement}"
            );
            assert!(
                statement["milliseconds"].as_f64().unwrap() > 0.0,
                "{statement}"
            );
        }
        let whole = &explained.body["extensions"]["explain"];
        assert!(whole["totalMilliseconds"].as_f64().unwrap() > 0.0);
        assert!(whole["cost"].as_u64().unwrap() > 0, "{whole}");
    }
}

#[tokio::test]
async fn statements_that_travelled_together_say_so() {
    let bench = Bench::new().await;
    let answer = bench.explained(COMPILED, json!({})).await;
    let statements = statements(&answer.body);
    let rounds: Vec<_> = statements
        .iter()
        .map(|statement| statement["round"].as_u64().unwrap())
        .collect();
    assert_eq!(rounds, [1, 2, 2], "{}", answer.text);
    // One more than the page has tells whether there is another.
    assert_eq!(statements[0]["rows"], 21);
    assert_eq!(statements[1]["milliseconds"], statements[2]["milliseconds"]);
}

#[tokio::test]
async fn what_is_written_is_explained_and_written_once() {
    let bench = Bench::new().await;
    let project: String = value(
        &bench.superuser,
        "SELECT id::text FROM projects WHERE name = 'Maple Street Reroof'",
    )
    .await;
    let photos: Vec<_> = ["once/1", "once/2"]
        .iter()
        .map(|key| json!({ "projectId": project, "s3Key": key, "s3Url": "s3://bucket/once" }))
        .collect();
    let body = json!({
        "query": "mutation($input: ImportPhotosInput!) { importPhotos(input: $input) { photos { id project { name } } errors { code } } }",
        "variables": { "input": { "photos": photos } },
    });
    let trail = "SELECT count(*) FROM audit_logs";
    let before: i64 = value(&bench.superuser, trail).await;
    let request = |explains: bool| {
        let request = bench
            .gateway
            .request(Method::POST, "/graphql")
            .bearer_auth(&bench.token)
            .header("Idempotency-Key", "once")
            .json(&body);
        Answer::of(if explains {
            request.header("Fieldgraph-Explain", KEY)
        } else {
            request
        })
    };
    let first = request(true).await;
    assert_eq!(
        first.data()["importPhotos"]["errors"],
        json!([]),
        "{}",
        first.text
    );
    let written: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM photos WHERE s3_key LIKE 'once/%'",
    )
    .await;
    let audited: i64 = value(&bench.superuser, trail).await;
    assert_eq!((written, audited - before), (2, 2));
    let (mut planned, mut run) = (0, 0);
    for statement in statements(&first.body) {
        let plan = &statement["plan"][0]["Plan"];
        assert!(plan["Node Type"].is_string(), "{statement}");
        if plan["Actual Rows"].is_null() {
            planned += 1;
        } else {
            run += 1;
        }
    }
    // The claim of the key, the photos, their trail; and what is read before and after.
    assert!(planned >= 3 && run >= 2, "{planned} and {run}");
    let writes = texts(&first.body)
        .iter()
        .filter(|sql| sql.starts_with("INSERT"))
        .count();
    assert!(writes >= 2, "{}", first.text);
    // What is kept for a retry is the answer that everybody else gets.
    let replayed = request(false).await;
    assert_eq!(replayed.header("idempotent-replay"), "true");
    assert_eq!(first.data(), replayed.data());
    assert!(
        replayed.body["extensions"].is_null() && !replayed.text.contains("Node Type"),
        "{}",
        replayed.text
    );
}

#[tokio::test]
async fn no_value_is_ever_shown() {
    let bench = Bench::new().await;
    let organization: String = value(
        &bench.superuser,
        "SELECT id::text FROM organizations WHERE slug = 'northwind'",
    )
    .await;
    let secret = r#"xyzzy' "and" \ {plugh,''} $1 -- é"#;
    let filters = [
        json!({ "s3Key": { "eq": secret } }),
        json!({ "s3Key": { "in": [secret, "plugh"] } }),
        json!({ "s3Key": { "contains": secret } }),
        json!({ "exifData": { "path": ["xyzzy"], "eq": { "plugh": secret } } }),
        json!({ "exifData": { "path": ["plugh"], "gt": 48151623.42 } }),
        json!({ "detections": { "some": { "detectionType": { "eq": "DAMAGE" } } }, "s3Key": { "eq": "xyzzy" } }),
        json!({ "createdAt": { "gt": "2391-04-08T15:16:23.48Z" } }),
        json!({ "id": { "in": ["48151623-0000-4000-8000-000000000000"] } }),
    ];
    let lists =
        "query($filter: PhotoFilter) { photos(filter: $filter) { totalCount nodes { id } } }";
    let figures = "query($filter: PhotoFilter) { photoStats(filter: $filter) { count } }";
    for document in [lists, figures] {
        for filter in &filters {
            let answer = bench.explained(document, json!({ "filter": filter })).await;
            for shown in [
                "xyzzy",
                "plugh",
                "481516",
                "48151623",
                "2391",
                "15:16:23",
                &organization,
            ] {
                assert!(
                    !answer.text.contains(shown),
                    "{shown} of {filter} is in {}",
                    answer.text
                );
            }
            // The conditions are there all the same.
            assert!(answer.text.contains("Node Type"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn who_has_not_the_key_sees_nothing() {
    let bench = Bench::new().await;
    let off = Bench::with(|_| {}).await;
    let seen = Statements::watch();
    let body = json!({ "query": COMPILED });
    let nearly = &KEY[1..];
    for (bench, keys) in [
        (&bench, &["not the key of this gateway"][..]),
        (&bench, &[nearly]),
        (&bench, &[""]),
        (&bench, &[KEY, KEY]),
        (&off, &[KEY]),
        (&off, &[""]),
    ] {
        seen.take();
        let answer = bench.send(&bench.token, keys, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (403, "FORBIDDEN"),
            "{keys:?}"
        );
        assert!(
            answer.message().contains("FIELDGRAPH_EXPLAIN_KEY"),
            "{}",
            answer.text
        );
        assert!(answer.body["data"].is_null(), "{}", answer.text);
        assert_eq!(seen.take(), Vec::<String>::new());
    }
    // Nor does the key stand for a token.
    let answer = bench.send("no token", &[KEY], &body).await;
    assert_eq!(answer.status, 401);
    for bench in [bench, off] {
        let answer = bench.send(&bench.token, &[], &body).await;
        assert!(answer.body["extensions"].is_null(), "{}", answer.text);
        assert!(answer.data()["photos"].is_object());
    }
}

#[test]
fn a_key_that_can_be_guessed_is_refused_and_none_is_printed() {
    let of = |key: &str| {
        Options {
            explain_key: Some(Secret::new(key)),
            jwt_secret: Some(Secret::new("a secret of the tests, 32 bytes or more")),
            ..Options::default()
        }
        .resolve()
    };
    let refused = of("fifteen bytes..").unwrap_err().to_string();
    assert!(
        refused.contains("FIELDGRAPH_EXPLAIN_KEY has 15 bytes"),
        "{refused}"
    );
    assert!(!refused.contains("fifteen"), "{refused}");
    let settings = of("sixteen bytes...").unwrap();
    assert!(settings.explain_key.is_some());
    assert!(!format!("{settings:?}").contains("sixteen"));
    assert!(of("").unwrap().explain_key.is_none());
}

#[tokio::test]
async fn each_answer_explains_its_own_operation() {
    let bench = Bench::new().await;
    let alpine = bench.gateway.token("alpine", "admin@alpine.example").await;
    let (labels, members) = (
        "{ labels(first: 5) { nodes { name } } }",
        "{ viewer { user { fullName } } }",
    );
    let batch = json!([{ "query": labels }, { "query": members }, { "query": "{ nothing }" }]);
    let answer = bench.send(&bench.token, &[KEY], &batch).await;
    assert!(
        texts(&answer.body[0])[0].contains("tags"),
        "{}",
        answer.text
    );
    assert_eq!(texts(&answer.body[0]).len(), 1);
    assert!(
        texts(&answer.body[1])[0].contains("users"),
        "{}",
        answer.text
    );
    assert_eq!(texts(&answer.body[1]).len(), 1);
    // What was not executed has nothing to explain.
    assert!(answer.body[2]["extensions"].is_null(), "{}", answer.text);
    // At the same time, of two organizations: how many rows there are tells whose statements they are.
    let body = json!({ "query": "{ photos(first: 100) { nodes { id } } }" });
    let count = async |slug: &str| -> i64 {
        let sql = format!(
            "SELECT count(*) FROM photos JOIN organizations ON organizations.id = organization_id WHERE slug = '{slug}' AND photos.deleted_at IS NULL"
        );
        value(&bench.superuser, &sql).await
    };
    let expected = [
        count("northwind").await.min(101),
        count("alpine").await.min(101),
    ];
    assert_ne!(expected[0], expected[1]);
    for _ in 0..10 {
        let (northwind, alpine) = tokio::join!(
            bench.send(&bench.token, &[KEY], &body),
            bench.send(&alpine, &[KEY], &body)
        );
        for (answer, expected) in [northwind, alpine].iter().zip(expected) {
            let statements = statements(&answer.body);
            assert_eq!(statements.len(), 1, "{}", answer.text);
            assert_eq!(statements[0]["rows"], expected, "{}", answer.text);
            assert_eq!(
                statements[0]["plan"][0]["Plan"]["Actual Rows"].as_f64(),
                Some(expected as f64)
            );
        }
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_send_the_key() {
    let bench =
        Bench::with(|settings| settings.cors_origins = vec!["https://app.example".to_owned()])
            .await;
    let preflight = bench
        .gateway
        .request(Method::OPTIONS, "/graphql")
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "fieldgraph-explain");
    let answer = Answer::of(preflight).await;
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("fieldgraph-explain"),
        "{:?}",
        answer.headers
    );
}
