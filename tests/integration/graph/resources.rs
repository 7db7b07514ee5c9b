//! Connections and time: what is taken is given back, whoever goes away.

use std::time::Duration;

use futures::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use support::{Cluster, execute};

use super::bench::{Bench, eventually};

const SLOW: &str = "{ photos(first: 1) { nodes { id } } }";

#[tokio::test]
async fn clients_that_are_killed_leave_nothing_behind() {
    // So long that nothing but the end of the client can end a statement.
    let bench = Bench::with("northwind", "admin", |settings| {
        settings.limits.time = Duration::from_secs(3600);
    })
    .await;
    let lock = bench.superuser.begin().await.unwrap();
    execute(&lock, "LOCK TABLE photos IN ACCESS EXCLUSIVE MODE", [])
        .await
        .unwrap();
    // More of them than there are connections, in two waves.
    for _ in 0..2 {
        let clients: Vec<_> = (0..6)
            .map(|_| {
                let request = bench
                    .gateway
                    .request(reqwest::Method::POST, "/graphql")
                    .header("Accept", "application/graphql-response+json")
                    .bearer_auth(&bench.token)
                    .json(&json!({ "query": SLOW }));
                tokio::spawn(request.send())
            })
            .collect();
        bench.running(4, true).await;
        for client in clients {
            client.abort();
        }
        bench.running(0, false).await;
    }
    lock.commit().await.unwrap();
    // All connections are there again.
    let answers = join_all((0..4).map(|_| bench.ask(SLOW))).await;
    assert!(answers.iter().all(|answer| answer.body["errors"].is_null()));
    // And none is left in a transaction.
    let open = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'fieldgraph' AND state <> 'idle'",
        bench.database.name()
    );
    eventually("no transaction is open", async || {
        support::value::<i64, _>(&bench.superuser, &open).await == 0
    })
    .await;
}

#[tokio::test]
async fn two_hundred_at_once_on_four_connections() {
    let bench = Bench::northwind().await;
    let document = "{ photos(first: 5) { totalCount nodes { id project { name } detections(first: 3) { totalCount nodes { tags { nodes { tag } } } } } } }";
    let alone = bench.ask(document).await;
    let answers = join_all((0..200).map(|_| bench.ask(document))).await;
    for answer in &answers {
        assert_eq!(answer.data(), alone.data());
    }
    assert_eq!(answers.len(), 200);
}

#[tokio::test]
async fn what_takes_too_long_is_cancelled_in_postgresql() {
    let bench = Bench::with("northwind", "admin", |settings| {
        settings.limits.time = Duration::from_secs(1);
    })
    .await;
    let lock = bench.superuser.begin().await.unwrap();
    execute(&lock, "LOCK TABLE photos IN ACCESS EXCLUSIVE MODE", [])
        .await
        .unwrap();
    let answers = join_all((0..4).map(|_| bench.ask(SLOW))).await;
    for answer in &answers {
        assert_eq!(answer.code(), "TIMEOUT", "{}", answer.text);
        assert!(!answer.text.contains("SELECT"), "{}", answer.text);
    }
    bench.running(0, false).await;
    // Of a mutation nothing remains.
    let answer = bench
        .ask("mutation { updatePhoto(input: { id: \"018f0000-0000-7000-8000-000000000001\", width: 1 }) { errors { code } } }")
        .await;
    assert_eq!(answer.code(), "TIMEOUT", "{}", answer.text);
    bench.running(0, false).await;
    lock.commit().await.unwrap();
    bench.ask(SLOW).await.data();
}

#[tokio::test]
async fn a_database_that_went_away_is_said_to_be_and_found_again() {
    let bench = Bench::northwind().await;
    bench.ask(SLOW).await.data();
    let name = bench.database.name();
    let elsewhere = fieldgraph::database::connect(&Cluster::shared().superuser_url("postgres"), 1)
        .await
        .unwrap();
    let connections = async |allowed: bool| {
        elsewhere
            .execute_unprepared(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"
            ))
            .await
            .unwrap();
    };
    connections(false).await;
    let end =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    elsewhere.execute_unprepared(&end).await.unwrap();
    // One by one, as many as there are connections in the pool and more: the dead ones, and new ones that cannot be made.
    for _ in 0..6 {
        let answer = bench.ask(SLOW).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (503, "UNAVAILABLE"),
            "{}",
            answer.text
        );
        assert!(!answer.text.contains(name), "{}", answer.text);
    }
    connections(true).await;
    eventually("the gateway finds it again", async || {
        bench.ask(SLOW).await.body["errors"].is_null()
    })
    .await;
    elsewhere.close().await.unwrap();
}
