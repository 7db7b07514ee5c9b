//! Sessions that end: between two requests, and in the middle of one.

use futures::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};
use support::Cluster;

use super::{Watched, eventually};

const PHOTOS: &str = "{ photos(first: 2) { nodes { id project { name } } } }";
const WAITING: &str = "wait_event_type = 'Lock'";

#[tokio::test]
async fn all_that_lie_idle_end_and_nobody_notices() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    for _ in 0..3 {
        // As many as the pool holds.
        join_all((0..8).map(|_| watched.bench.ask(PHOTOS))).await;
        assert!(!watched.sessions().await.is_empty());
        watched.end_sessions("true").await;
        for _ in 0..6 {
            assert_eq!(watched.read(PHOTOS).await, before);
        }
    }
}

#[tokio::test]
async fn one_that_ends_in_the_middle_of_a_statement_is_made_up_for() {
    let watched = Watched::northwind().await;
    // First on a connection that was just opened, then on one that was used before.
    for _ in 0..2 {
        let lock = watched.bench.superuser.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
            .await
            .unwrap();
        let waiting = watched.send(PHOTOS);
        watched.bench.running(1, true).await;
        let ended = watched.sessions_that(WAITING).await;
        watched.end_sessions(WAITING).await;
        // Somebody else tries.
        eventually("another session waits", async || {
            let waiting = watched.sessions_that(WAITING).await;
            waiting.len() == 1 && waiting != ended
        })
        .await;
        lock.commit().await.unwrap();
        let answer = waiting.await.unwrap();
        assert_eq!(
            answer.data()["photos"]["nodes"].as_array().unwrap().len(),
            2
        );
        watched.read(PHOTOS).await;
    }
}

#[tokio::test]
async fn in_the_second_round_of_a_query_as_well() {
    let watched = Watched::northwind().await;
    let document = "{ photos(first: 3) { nodes { id detections { totalCount nodes { id } } } } }";
    let before = watched.read(document).await;
    for _ in 0..2 {
        let lock = watched.bench.superuser.begin().await.unwrap();
        lock.execute_unprepared("LOCK TABLE detections IN ACCESS EXCLUSIVE MODE")
            .await
            .unwrap();
        let waiting = watched.send(document);
        watched.bench.running(1, true).await;
        let ended = watched.sessions_that(WAITING).await;
        watched.end_sessions(WAITING).await;
        eventually("another session waits", async || {
            let waiting = watched.sessions_that(WAITING).await;
            waiting.len() == 1 && waiting != ended
        })
        .await;
        lock.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap().data(), &before);
        assert_eq!(watched.read(document).await, before);
    }
}

#[tokio::test]
async fn with_no_other_to_be_had_the_database_is_said_to_be_away() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    let name = watched.bench.database.name();
    let elsewhere = fieldgraph::database::connect(&Cluster::shared().superuser_url("postgres"), 1)
        .await
        .unwrap();
    let connections = async |allowed: bool| {
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        elsewhere.execute_unprepared(&sql).await.unwrap();
    };
    let lock = watched.bench.superuser.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let waiting: Vec<_> = (0..3).map(|_| watched.send(PHOTOS)).collect();
    watched.bench.running(3, true).await;
    // Asked before nobody can come in any more to ask.
    let sessions = watched.sessions().await;
    connections(false).await;
    for process in sessions {
        let end = format!("SELECT pg_terminate_backend({process})");
        elsewhere.execute_unprepared(&end).await.unwrap();
    }
    for answer in waiting {
        let answer = answer.await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (503, "UNAVAILABLE"),
            "{}",
            answer.text
        );
        assert!(answer.body["data"].is_null(), "{}", answer.text);
    }
    connections(true).await;
    lock.commit().await.unwrap();
    eventually("the gateway finds it again", async || {
        watched.bench.ask(PHOTOS).await.body["errors"].is_null()
    })
    .await;
    assert_eq!(watched.read(PHOTOS).await, before);
    elsewhere.close().await.unwrap();
}
