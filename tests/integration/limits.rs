//! What one request may ask for: each limit at its edge, and what would grow without an end.

use std::fmt::Write;
use std::time::{Duration, Instant};

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};
use serde_json::json;
use support::{Answer, Gateway, TestDatabase};

struct Query;

#[derive(SimpleObject)]
struct NodeConnection {
    nodes: Vec<Node>,
}

struct Node;

#[Object]
impl Node {
    async fn id(&self) -> u32 {
        1
    }
    async fn node(&self) -> Node {
        Node
    }
    async fn nodes(
        &self,
        #[graphql(default)] first: Option<i32>,
        last: Option<i32>,
    ) -> NodeConnection {
        let _ = (first, last);
        NodeConnection { nodes: vec![Node] }
    }
}

#[Object]
impl Query {
    async fn node(&self) -> Node {
        Node
    }
    async fn nodes(&self, first: Option<i32>, last: Option<i32>) -> NodeConnection {
        let _ = (first, last);
        NodeConnection { nodes: vec![Node] }
    }
    async fn stuck(&self) -> u32 {
        std::future::pending().await
    }
    async fn sum(&self, of: Vec<u32>) -> u32 {
        of.iter().sum()
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
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let gateway = Gateway::start_schema(&database, schema, |settings| {
            settings.limits.time = Duration::from_millis(300);
        })
        .await;
        let token = gateway.token("northwind", "admin@northwind.example").await;
        Self {
            _database: database,
            gateway,
            token,
        }
    }

    async fn ask(&self, document: &str) -> Answer {
        self.gateway.query(&self.token, document, json!({})).await
    }

    async fn assert_allowed(&self, document: &str) {
        let answer = self.ask(document).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data();
    }

    async fn assert_refused(&self, document: &str, limit: &str, allowed: u64, requested: u64) {
        let answer = self.ask(document).await;
        assert_limit(&answer, 400, limit, allowed, requested);
    }
}

fn assert_limit(answer: &Answer, status: u16, limit: &str, allowed: u64, requested: u64) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let extensions = &answer.body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "COST_LIMIT_EXCEEDED", "{}", answer.text);
    assert_eq!(extensions["limit"], limit, "{}", answer.text);
    assert_eq!(extensions["allowed"], allowed, "{}", answer.text);
    assert_eq!(extensions["requested"], requested, "{}", answer.text);
    assert!(
        answer.message().contains(&requested.to_string()),
        "{}",
        answer.text
    );
    assert!(
        answer.message().contains(&allowed.to_string()),
        "{}",
        answer.text
    );
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
    assert!(
        answer.text.len() < 500,
        "too long an answer: {}",
        answer.text
    );
}

/// `{ node { node { … id } } }` with so many fields below each other.
fn deep(depth: usize) -> String {
    format!("{}{{ id {}", "{ node ".repeat(depth - 1), "}".repeat(depth))
}

fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

#[tokio::test]
async fn depth() {
    let bench = Bench::new().await;
    bench.assert_allowed(&deep(15)).await;
    bench.assert_refused(&deep(16), "depth", 15, 16).await;
    // Fragments do not make it less.
    let hidden = format!("{{ node {{ ...F }} }} fragment F on Node {}", deep(15));
    bench.assert_refused(&hidden, "depth", 15, 16).await;
}

#[tokio::test]
async fn aliases_root_fields_and_directives() {
    let bench = Bench::new().await;
    let aliases = |count| {
        format!(
            "{{ node {{ {} }} }}",
            numbered(count, |n| format!("a{n}: id "))
        )
    };
    bench.assert_allowed(&aliases(30)).await;
    bench.assert_refused(&aliases(31), "aliases", 30, 31).await;
    // A fragment's count wherever it is spread.
    let spread = format!(
        "{{ {} }} fragment F on Node {{ a: id b: id }}",
        numbered(11, |n| format!("n{n}: node {{ ...F }} "))
    );
    bench.assert_refused(&spread, "aliases", 30, 33).await;

    let roots = |count| format!("{{ {} }}", "__typename ".repeat(count));
    bench.assert_allowed(&roots(20)).await;
    bench.assert_refused(&roots(21), "rootFields", 20, 21).await;

    let directives = |count| {
        format!(
            "{{ node {{ {} }} }}",
            "id @include(if: true) ".repeat(count)
        )
    };
    bench.assert_allowed(&directives(50)).await;
    bench
        .assert_refused(&directives(51), "directives", 50, 51)
        .await;
}

#[tokio::test]
async fn tokens_and_bytes() {
    let bench = Bench::new().await;
    // `{ sum ( of : [ … ] ) }` has nine tokens around its numbers.
    let numbers = |count: usize| format!("{{ sum(of: [{}]) }}", "1 ".repeat(count));
    bench.assert_allowed(&numbers(15_000 - 9)).await;
    bench
        .assert_refused(&numbers(15_000 - 8), "tokens", 15_000, 15_001)
        .await;

    let overhead = json!({ "query": "", "variables": {} }).to_string().len();
    let filled = |bytes: usize| format!("{{ __typename }}{}", " ".repeat(bytes - overhead - 14));
    bench.assert_allowed(&filled(1 << 20)).await;
    let answer = bench.ask(&filled((1 << 20) + 1)).await;
    assert_limit(&answer, 413, "body", 1 << 20, (1 << 20) + 1);
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_cut_off_at_the_limit() {
    let bench = Bench::new().await;
    use std::io::{Read, Write as _};
    let address = bench.gateway.address();
    let token = bench.token.clone();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        .unwrap();
        // One byte more than is allowed, and no word of whether it goes on.
        for length in [1 << 20, 1] {
            write!(stream, "{length:x}\r\n{}\r\n", " ".repeat(length)).unwrap();
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"requested\":1048577"), "{answer}");
}

#[tokio::test]
async fn batches() {
    let bench = Bench::new().await;
    let batch = |count: usize| json!(vec![json!({ "query": "{ node { id } }" }); count]);
    let answer = bench.gateway.post(Some(&bench.token), &batch(10)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body.as_array().unwrap().len(), 10);
    let answer = bench.gateway.post(Some(&bench.token), &batch(11)).await;
    assert_limit(&answer, 400, "batch", 10, 11);
}

#[tokio::test]
async fn cost_is_the_product_of_the_page_sizes_variables_included() {
    let bench = Bench::new().await;
    // 100 + 100 × 20 + 100 × 20 × 20, and the node in each of these; a page of a page of a page.
    bench
        .assert_allowed(
            "{ nodes(first: 100) { nodes { nodes { nodes { nodes { nodes { id } } } } } } }",
        )
        .await;
    // 5 + 5 × 20 000 = 100,005.
    bench
        .assert_refused(
            "{ nodes(last: 5) { nodes { nodes(first: 20000) { nodes { id } } } } }",
            "cost",
            100_000,
            100_005,
        )
        .await;
    let document = "query($n: Int = 99999) { nodes(first: $n) { nodes { id } } node { nodes(first: 1) { nodes { id } } } }";
    let ask = async |variables| bench.gateway.query(&bench.token, document, variables).await;
    // The node and the one below it are two more.
    assert_limit(&ask(json!({})).await, 400, "cost", 100_000, 100_001);
    assert_eq!(ask(json!({ "n": 99_998 })).await.status, 200);
    assert_limit(
        &ask(json!({ "n": 1_000_000 })).await,
        400,
        "cost",
        100_000,
        1_000_002,
    );
    // What is skipped costs nothing.
    let document = "query($all: Boolean!) { nodes(first: 200000) @include(if: $all) { nodes { id } } __typename }";
    let ask = async |all| {
        bench
            .gateway
            .query(&bench.token, document, json!({ "all": all }))
            .await
    };
    assert_eq!(ask(false).await.status, 200);
    assert_limit(&ask(true).await, 400, "cost", 100_000, 200_000);
}

#[tokio::test]
async fn time() {
    let bench = Bench::new().await;
    let answer = bench.ask("{ stuck }").await;
    assert_eq!(answer.status, 504, "{}", answer.text);
    assert_eq!(answer.code(), "TIMEOUT");
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
}

#[tokio::test]
async fn the_usual_introspection_passes_and_one_that_explodes_does_not() {
    let bench = Bench::new().await;
    let introspection = include_str!("../queries/introspection.graphql");
    bench.assert_allowed(introspection).await;
    let exploding = format!(
        "{{ __schema {{ types {{ {} name {} }} }} }}",
        "fields { type { ".repeat(8),
        "} }".repeat(8)
    );
    let answer = bench.ask(&exploding).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (400, "COST_LIMIT_EXCEEDED"),
        "{}",
        answer.text
    );
    let deep = format!(
        "{{ __schema {{ queryType {{ {} name {} }} }} }}",
        "ofType { ".repeat(23),
        "}".repeat(23)
    );
    bench
        .assert_refused(&deep, "introspectionDepth", 25, 26)
        .await;
}

#[tokio::test]
async fn documents_that_would_explode_are_refused_at_once_and_not_sent_back() {
    let bench = Bench::new().await;
    let mut bombs = Vec::new();
    // 2^28 fields out of 28 fragments; and of one that is unused.
    let mut doubling = String::new();
    for n in 0..28 {
        write!(
            doubling,
            "fragment F{n} on Node {{ ...F{} ...F{} }} ",
            n + 1,
            n + 1
        )
        .unwrap();
    }
    doubling.push_str("fragment F28 on Node { id }");
    bombs.push(("fields", format!("{{ node {{ ...F0 }} }} {doubling}")));
    bombs.push(("fields", format!("{{ node {{ id }} }} {doubling}")));
    // Chains that are deeper than anybody's stack.
    let chain = numbered(1_800, |n| {
        format!("fragment C{n} on Node {{ ...C{} }} ", n + 1)
    });
    bombs.push((
        "nesting",
        format!("{{ node {{ id }} }} {chain} fragment C1800 on Node {{ id }}"),
    ));
    bombs.push((
        "nesting",
        format!("{}{}", "{ node ".repeat(3_000), "}".repeat(3_000)),
    ));
    bombs.push((
        "nesting",
        format!("{{ sum(of: {}1{}) }}", "[".repeat(7_000), "]".repeat(7_000)),
    ));
    bombs.push((
        "nesting",
        format!(
            "query($a: {}Int{}) {{ node {{ id }} }}",
            "[".repeat(7_000),
            "]".repeat(7_000)
        ),
    ));
    bombs.push(("nameLength", format!("{{ {} }}", "a".repeat(900_000))));
    for (limit, bomb) in &bombs {
        let began = Instant::now();
        let answer = bench.ask(bomb).await;
        assert_eq!(answer.status, 400, "{limit}: {}", answer.text);
        assert_eq!(
            answer.body["errors"][0]["extensions"]["limit"], *limit,
            "{}",
            answer.text
        );
        assert!(answer.text.len() < 500, "{}", answer.text);
        // An explosion would take hours; the margin is for a busy machine.
        assert!(began.elapsed() < Duration::from_secs(20), "{limit}");
    }
    let cycles = [
        "{ node { ...A } } fragment A on Node { ...A }",
        "{ node { ...A } } fragment A on Node { node { ...B } } fragment B on Node { node { ...A } }",
    ];
    for cycle in cycles {
        let answer = bench.ask(cycle).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "VALIDATION_FAILED"),
            "{}",
            answer.text
        );
    }
    // Many small mistakes are not a long answer, and neither is a long one that does not parse.
    let mistakes = format!(
        "{{ node {{ {} }} }}",
        numbered(5_000, |n| format!("wrong{n} "))
    );
    let answer = bench.ask(&mistakes).await;
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 20);
    for broken in [
        format!("{{ node(a: \"{}", "x".repeat(500_000)),
        format!("{{ a{} }} }}", " ".repeat(500_000)),
        "]".repeat(10_000),
    ] {
        let answer = bench.ask(&broken).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (400, "VALIDATION_FAILED"),
            "{}",
            answer.text
        );
        assert!(answer.text.len() < 500, "{}", answer.text);
    }
}
