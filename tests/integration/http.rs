//! The graph over HTTP: what is accepted, which status and media type an answer has, whose token is believed.

mod connections;
mod tokens;

use async_graphql::{EmptySubscription, Object, Schema, SimpleObject};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase};

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

struct Query;
struct Mutation;

#[derive(SimpleObject)]
struct Thing {
    long_name: String,
}

#[Object]
impl Query {
    async fn thing(&self) -> Thing {
        Thing {
            long_name: "much the same ".repeat(1000),
        }
    }
    async fn partial(&self) -> Option<Result<u32, async_graphql::Error>> {
        Some(Err(async_graphql::Error::new("cannot")))
    }
    async fn broken(&self) -> Result<u32, async_graphql::Error> {
        Err(async_graphql::Error::new("cannot"))
    }
    async fn panics(&self) -> u32 {
        let numbers: Vec<u32> = Vec::new();
        *numbers.first().expect("as the test wants it")
    }
}

#[Object]
impl Mutation {
    async fn change(&self) -> u32 {
        1
    }
}

struct Bench {
    _database: TestDatabase,
    gateway: Gateway,
    token: String,
}

impl Bench {
    async fn new() -> Self {
        let database = TestDatabase::demo().await;
        let schema = Schema::new(Query, Mutation, EmptySubscription);
        let gateway = Gateway::start_schema(&database, schema, |_| {}).await;
        let token = gateway.token("northwind", "admin@northwind.example").await;
        Self {
            _database: database,
            gateway,
            token,
        }
    }

    async fn post(&self, accept: &str, content: &str, body: impl Into<String>) -> Answer {
        Answer::of(
            self.gateway
                .request(Method::POST, "/graphql")
                .bearer_auth(&self.token)
                .header(ACCEPT, accept)
                .header(CONTENT_TYPE, content)
                .body(body.into()),
        )
        .await
    }
}

fn query(document: &str) -> String {
    json!({ "query": document }).to_string()
}

#[tokio::test]
async fn the_media_type_is_the_one_that_is_liked_best() {
    let bench = Bench::new().await;
    for (accept, expected) in [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        (
            "application/graphql-response+json, application/json",
            GRAPHQL,
        ),
        ("application/json, application/graphql-response+json", JSON),
        (
            "application/json;q=0.9, application/graphql-response+json",
            GRAPHQL,
        ),
        (
            "application/graphql-response+json;q=0.1, application/json;q=0.2",
            JSON,
        ),
        ("application/graphql-response+json, */*", GRAPHQL),
        ("*/*, application/graphql-response+json;q=0", JSON),
        ("application/json;q=0, */*;q=0.1", GRAPHQL),
        ("text/html, Application/JSON; Charset=UTF-8", JSON),
        ("application/json; charset=utf-8", JSON),
    ] {
        let answer = bench
            .post(accept, "application/json", query("{ __typename }"))
            .await;
        assert_eq!(answer.status, 200, "{accept}: {}", answer.text);
        assert_eq!(answer.header("content-type"), expected, "{accept}");
    }
    for accept in [
        "text/html",
        "application/json;q=0",
        "application/json; charset=latin1",
        "nonsense",
    ] {
        let answer = bench
            .post(accept, "application/json", query("{ __typename }"))
            .await;
        assert_eq!(answer.status, 406, "{accept}");
        assert_eq!(answer.code(), "BAD_REQUEST");
    }
}

#[tokio::test]
async fn the_status_says_what_went_wrong_as_far_as_the_media_type_lets_it() {
    let bench = Bench::new().await;
    for (body, strict, lenient, code, has_data) in [
        (query("{ thing { longName } }"), 200, 200, None, true),
        (query("{ partial }"), 200, 200, Some("BAD_REQUEST"), true),
        // A field failed, and so did all: it was executed nevertheless.
        (query("{ broken }"), 200, 200, Some("BAD_REQUEST"), true),
        (query("{ thing"), 400, 200, Some("VALIDATION_FAILED"), false),
        (query(""), 400, 200, Some("VALIDATION_FAILED"), false),
        (query("{ nothing }"), 400, 200, Some("VALIDATION_FAILED"), false),
        (query("query A { __typename } query B { __typename }"), 400, 200, Some("BAD_REQUEST"), false),
        (query("fragment A on Query { __typename }"), 400, 200, Some("VALIDATION_FAILED"), false),
        ("{".to_owned(), 400, 400, Some("BAD_REQUEST"), false),
        (String::new(), 400, 400, Some("BAD_REQUEST"), false),
        ("7".to_owned(), 400, 400, Some("BAD_REQUEST"), false),
        ("[]".to_owned(), 400, 400, Some("BAD_REQUEST"), false),
        ("[7]".to_owned(), 400, 400, Some("BAD_REQUEST"), false),
        ("{}".to_owned(), 400, 400, Some("BAD_REQUEST"), false),
        (json!({ "query": 7 }).to_string(), 400, 400, Some("BAD_REQUEST"), false),
        (json!({ "query": "{ __typename }", "variables": [] }).to_string(), 400, 400, Some("BAD_REQUEST"), false),
        (json!({ "query": "{ __typename }", "operationName": 7 }).to_string(), 400, 400, Some("BAD_REQUEST"), false),
        (json!({ "query": "{ __typename }", "extensions": 7 }).to_string(), 400, 400, Some("BAD_REQUEST"), false),
        (
            json!({ "query": "{ __typename }", "variables": null, "operationName": null, "extensions": null }).to_string(),
            200,
            200,
            None,
            true,
        ),
    ] {
        for (accept, status) in [("application/graphql-response+json", strict), ("application/json", lenient)] {
            let answer = bench.post(accept, "application/json", body.clone()).await;
            assert_eq!(answer.status, status, "{accept} {body}: {}", answer.text);
            assert_eq!(answer.body.get("data").is_some(), has_data, "{body}: {}", answer.text);
            match code {
                Some(code) => {
                    assert_eq!(answer.code(), code, "{body}: {}", answer.text);
                    assert_eq!(
                        answer.body["errors"][0]["extensions"]["requestId"],
                        answer.header("x-request-id"),
                        "{body}"
                    );
                }
                None => drop(answer.data()),
            }
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}

#[tokio::test]
async fn only_json_in_utf8_is_read() {
    let bench = Bench::new().await;
    for content in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
        "nonsense",
    ] {
        let answer = bench.post("*/*", content, query("{ __typename }")).await;
        assert_eq!(answer.status, 415, "{content}: {}", answer.text);
        assert_eq!(answer.code(), "BAD_REQUEST");
    }
    for content in ["application/json;charset=UTF-8", "Application/Json"] {
        let answer = bench.post("*/*", content, query("{ __typename }")).await;
        assert_eq!(answer.status, 200, "{content}");
    }
    let nameless = bench
        .gateway
        .request(Method::POST, "/graphql")
        .body(query("{ __typename }"));
    assert_eq!(Answer::of(nameless).await.status, 415);
}

#[tokio::test]
async fn a_get_reads_and_only_where_no_other_site_can_have_sent_it() {
    let bench = Bench::new().await;
    let get = |parameters: &[(&str, &str)]| {
        let url = reqwest::Url::parse_with_params("http://localhost/graphql", parameters).unwrap();
        let path = format!("/graphql?{}", url.query().unwrap_or_default());
        bench
            .gateway
            .request(Method::GET, &path)
            .bearer_auth(&bench.token)
    };
    let document = (
        "query",
        "query A($b: Boolean!) { __typename @include(if: $b) } mutation M { change }",
    );
    let guarded =
        |parameters: &[(&str, &str)]| get(parameters).header("GraphQL-Require-Preflight", "1");

    let read = [
        document,
        ("operationName", "A"),
        ("variables", r#"{"b":true}"#),
        ("extensions", "{}"),
    ];
    let answer = Answer::of(guarded(&read)).await;
    assert_eq!(*answer.data(), json!({ "__typename": "Query" }));

    let answer = Answer::of(get(&read)).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.message().contains("GraphQL-Require-Preflight"),
        "{}",
        answer.text
    );
    assert_eq!(
        Answer::of(get(&read).header("X-Requested-With", "a"))
            .await
            .status,
        200
    );

    for accept in ["application/json", "application/graphql-response+json"] {
        let change = guarded(&[document, ("operationName", "M")]).header(ACCEPT, accept);
        let answer = Answer::of(change).await;
        assert_eq!(answer.status, 405, "{}", answer.text);
        assert_eq!(answer.header("allow"), "POST");
        assert!(answer.body.get("data").is_none());
    }
    for wrong in [
        &[][..],
        &[document, ("variables", "{")],
        &[document, ("variables", "[]")],
        &[document, ("extensions", "7")],
    ] {
        assert_eq!(Answer::of(guarded(wrong)).await.status, 400, "{wrong:?}");
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = Answer::of(bench.gateway.request(method, "/graphql")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, "GET, POST")
        );
    }
}

#[tokio::test]
async fn a_batch_is_answered_operation_by_operation() {
    let bench = Bench::new().await;
    let batch = json!([
        { "query": "{ __typename }" },
        { "query": "{ nothing }" },
        { "query": "mutation { change }" },
    ]);
    let answer = bench.gateway.post(Some(&bench.token), &batch).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body[0], json!({ "data": { "__typename": "Query" } }));
    assert_eq!(
        answer.body[1]["errors"][0]["extensions"]["code"],
        "VALIDATION_FAILED"
    );
    assert!(answer.body[1].get("data").is_none());
    assert_eq!(answer.body[2], json!({ "data": { "change": 1 } }));
    // Nobody in particular gets nothing of it.
    let answer = bench
        .gateway
        .post(
            None,
            &json!([{ "query": "{ __typename }" }, { "query": "mutation { change }" }]),
        )
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (401, "UNAUTHENTICATED")
    );
    assert!(!answer.text.contains("data"), "{}", answer.text);
}

#[tokio::test]
async fn a_request_keeps_a_sane_id_and_gets_one_otherwise() {
    let bench = Bench::new().await;
    let ask = async |id: &str| {
        Answer::of(
            bench
                .gateway
                .request(Method::POST, "/graphql")
                .bearer_auth(&bench.token)
                .header("X-Request-Id", id)
                .json(&json!({ "query": "{ nothing }" })),
        )
        .await
    };
    let answer = ask("trace-1:a/b=").await;
    assert_eq!(answer.header("x-request-id"), "trace-1:a/b=");
    assert_eq!(
        answer.body["errors"][0]["extensions"]["requestId"],
        "trace-1:a/b="
    );
    for insane in ["", "a b", "a\"b", &"a".repeat(129)] {
        let answer = ask(insane).await;
        let id = answer.header("x-request-id");
        assert!(id.len() == 36 && id != insane, "{id}");
        assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], id);
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_request_alone() {
    let bench = Bench::new().await;
    let answer = bench
        .gateway
        .query(&bench.token, "{ panics }", json!({}))
        .await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "INTERNAL"));
    assert!(
        !answer.text.contains("as the test wants it"),
        "{}",
        answer.text
    );
    let answer = bench
        .gateway
        .query(&bench.token, "{ __typename }", Value::Null)
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn answers_are_compressed_for_who_can_read_it() {
    let bench = Bench::new().await;
    for (offered, expected) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, br", "br"),
        ("identity", ""),
    ] {
        let answer = bench
            .gateway
            .request(Method::POST, "/graphql")
            .bearer_auth(&bench.token)
            .header("Accept-Encoding", offered)
            .json(&json!({ "query": "{ thing { longName } }" }))
            .send()
            .await
            .unwrap();
        let encoding = answer
            .headers()
            .get("content-encoding")
            .map_or("", |value| value.to_str().unwrap());
        assert_eq!(encoding, expected, "{offered}");
        let bytes = answer.bytes().await.unwrap().len();
        assert_eq!(bytes < 1000, !expected.is_empty(), "{offered}: {bytes}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_ask_where_they_are_named() {
    let database = TestDatabase::migrated().await;
    let closed = Gateway::start(&database).await;
    let open = Gateway::start_with(&database, |settings| {
        settings.cors_origins = vec!["https://app.example".to_owned()];
    })
    .await;
    let preflight = async |gateway: &Gateway, origin: &str| {
        Answer::of(
            gateway
                .request(Method::OPTIONS, "/graphql")
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header(
                    "Access-Control-Request-Headers",
                    "authorization,content-type",
                ),
        )
        .await
    };
    let allowed = preflight(&open, "https://app.example").await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    for (gateway, origin) in [
        (&open, "https://evil.example"),
        (&open, "null"),
        (&closed, "https://app.example"),
    ] {
        let refused = preflight(gateway, origin).await;
        assert_eq!(
            refused.header("access-control-allow-origin"),
            "",
            "{origin}"
        );
    }
}

#[tokio::test]
async fn the_pages_beside_the_graph() {
    let bench = Bench::new().await;
    let get = async |path: &str| Answer::of(bench.gateway.request(Method::GET, path)).await;
    let schema = get("/schema.graphql").await;
    assert!(schema.text.contains("type Query {"), "{}", schema.text);
    assert_eq!(
        schema.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
    assert_eq!(schema.header("x-frame-options"), "DENY");
    assert_eq!(get("/nowhere").await.status, 404);

    bench
        .gateway
        .query(&bench.token, "{ nothing }", json!({}))
        .await;
    bench
        .gateway
        .query(&bench.token, "{ thing { longName } }", json!({}))
        .await;
    let metrics = get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for line in [
        r#"fieldgraph_requests_total{kind="query",status="200"}"#,
        r#"fieldgraph_errors_total{code="VALIDATION_FAILED"}"#,
        r#"fieldgraph_request_duration_seconds_bucket{kind="query",le="0.005"}"#,
        r#"fieldgraph_operation_cost_rows_bucket{kind="query",le="100"}"#,
        r#"fieldgraph_operation_statements_bucket{kind="query",le="2"}"#,
        r#"fieldgraph_documents_total{cache="miss"}"#,
        r#"fieldgraph_database_connections{role="org_admin",state="idle"}"#,
        "fieldgraph_requests_in_flight",
    ] {
        assert!(
            metrics.text.contains(line),
            "{line} is not in {}",
            metrics.text
        );
    }
}
