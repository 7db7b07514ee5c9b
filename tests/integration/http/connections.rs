//! Sockets and what is behind them: slow clients, the end of the process, a database that is away, the log.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
use serde_json::json;
use support::{Gateway, Program, TestDatabase, execute};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Sends something and reads until the server cuts the connection.
fn until_cut(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // Not a margin of the test but its end, where the server never cuts.
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the server cuts the connection");
    answer
}

#[tokio::test]
async fn a_client_that_does_not_say_what_it_wants_is_cut_off() {
    let database = TestDatabase::migrated().await;
    let gateway = Gateway::start_with(&database, |settings| {
        settings.limits.socket_time = Duration::from_millis(200);
    })
    .await;
    let address = gateway.address();
    // Without a limit these would wait for ever, and the test with them.
    let (nothing, head, body) = tokio::task::spawn_blocking(move || {
        (
            until_cut(address, ""),
            until_cut(address, "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-"),
            until_cut(
                address,
                "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
            ),
        )
    })
    .await
    .unwrap();
    assert_eq!(nothing, "");
    assert!(
        head.is_empty() || head.starts_with("HTTP/1.1 408"),
        "{head}"
    );
    assert!(body.starts_with("HTTP/1.1 408"), "{body}");
    assert!(body.contains("\"TIMEOUT\""), "{body}");
}

struct Query(UnboundedSender<tokio::sync::oneshot::Sender<u32>>);

#[Object]
impl Query {
    /// Answers when the test says so.
    async fn slow(&self) -> u32 {
        let (answer, given) = tokio::sync::oneshot::channel();
        self.0.send(answer).unwrap();
        given.await.unwrap()
    }
}

#[tokio::test]
async fn who_is_being_answered_when_the_process_is_asked_to_end_is_answered() {
    let database = TestDatabase::demo().await;
    let (begun, mut begins) = unbounded_channel();
    let schema = Schema::new(Query(begun), EmptyMutation, EmptySubscription);
    let mut gateway = Gateway::start_schema(&database, schema, |_| {}).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    let request = gateway
        .request(reqwest::Method::POST, "/graphql")
        .bearer_auth(token)
        .json(&json!({ "query": "{ slow }" }));
    let asking = tokio::spawn(async move { request.send().await.unwrap().text().await.unwrap() });
    let answer = begins.recv().await.unwrap();
    gateway.ask_to_end();
    // Nobody else is let in any more.
    let address = gateway.address();
    while TcpStream::connect(address).is_ok() {
        tokio::task::yield_now().await;
    }
    answer.send(7).unwrap();
    assert_eq!(asking.await.unwrap(), r#"{"data":{"slow":7}}"#);
    gateway.ended().await;
}

#[tokio::test]
async fn while_the_database_is_away_the_client_is_told_to_come_back() {
    let database = TestDatabase::demo().await;
    let gateway = Gateway::start(&database).await;
    let token = gateway.token("northwind", "admin@northwind.example").await;
    let elsewhere =
        fieldgraph::database::connect(&support::Cluster::shared().superuser_url("postgres"), 1)
            .await
            .unwrap();
    let name = database.name();
    for statement in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        execute(&elsewhere, &statement, []).await.unwrap();
    }
    let answer = gateway
        .query(&token, "{ photos { totalCount } }", json!({}))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (503, "UNAVAILABLE"),
        "{}",
        answer.text
    );
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!answer.text.contains(name), "{}", answer.text);
}

#[tokio::test]
async fn a_request_leaves_one_line_in_the_log() {
    let database = TestDatabase::demo().await;
    let folder = std::env::temp_dir().join(database.name().to_owned() + "-log");
    let (gateway_url, owner_url) = (database.gateway_url(), database.owner_url());
    let log = std::fs::File::create(&folder).unwrap();
    let mut program = Program::serve(|command| {
        command
            .env("DATABASE_URL", gateway_url)
            .env("MIGRATION_DATABASE_URL", owner_url)
            .env(
                "FIELDGRAPH_JWT_SECRET",
                "a secret of the tests, 32 bytes or more",
            )
            .env("FIELDGRAPH_INTROSPECTION", "true")
            .stderr(log);
    });
    let client = reqwest::Client::new();
    let answer = client
        .post(format!("http://{}/graphql", program.address))
        .header("X-Request-Id", "line-1")
        .header("Authorization", "Bearer secret.of.mine")
        .json(&json!({ "query": "query Mine { viewer { organizationId } }" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let answer = client
        .post(format!("http://{}/graphql", program.address))
        .header("X-Request-Id", "line-2")
        .json(&json!({ "query": "query About { __schema { queryType { name } } }" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    program.signal(nix::sys::signal::Signal::SIGTERM);
    program.wait();
    let log = std::fs::read_to_string(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let line = |id: &str| {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(lines.len(), 1, "{log}");
        lines[0].to_owned()
    };
    let refused = line("request=line-1");
    assert!(
        refused.contains("status=401") && refused.contains("codes=UNAUTHENTICATED"),
        "{refused}"
    );
    let answered = line("request=line-2");
    for field in [
        "operation=About",
        "kind=\"query\"",
        "cost=2",
        "statements=0",
        "status=200",
    ] {
        assert!(answered.contains(field), "{field}: {answered}");
    }
    assert!(!log.contains("secret.of.mine"), "{log}");
}
