//! Statements that wait: for clients that leave, for the time limit, for their turn.

use std::time::Duration;

use futures::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{Watched, eventually};

const PHOTOS: &str = "{ photos(first: 2) { nodes { id project { name } } } }";

#[tokio::test]
async fn three_hundred_abandoned_requests_leave_nothing_behind() {
    // So long that nothing but the end of the client can end a statement.
    let watched = Watched::with(|settings| settings.limits.time = Duration::from_secs(3600)).await;
    let before = watched.read(PHOTOS).await;
    let lock = watched.bench.superuser.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    for _ in 0..3 {
        let clients: Vec<_> = (0..100).map(|_| watched.send(PHOTOS)).collect();
        watched.bench.running(4, true).await;
        for client in clients {
            client.abort();
        }
        watched.bench.running(0, false).await;
    }
    lock.commit().await.unwrap();
    eventually("no transaction is open", async || {
        watched.sessions_that("state <> 'idle'").await.is_empty()
    })
    .await;
    // All places are free again: four at once, and none goes by the other way.
    watched.statements.take();
    let answers = join_all((0..4).map(|_| watched.bench.ask(PHOTOS))).await;
    assert!(
        watched
            .statements
            .take_asked()
            .iter()
            .all(|asked| asked.straight)
    );
    for answer in answers {
        assert_eq!(answer.data(), &before);
    }
}

#[tokio::test]
async fn what_waits_too_long_is_cancelled() {
    let watched = Watched::with(|settings| settings.limits.time = Duration::from_secs(1)).await;
    let before = watched.read(PHOTOS).await;
    let lock = watched.bench.superuser.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    for answer in join_all((0..4).map(|_| watched.bench.ask(PHOTOS))).await {
        assert_eq!(answer.code(), "TIMEOUT", "{}", answer.text);
        assert!(answer.body["data"].is_null(), "{}", answer.text);
    }
    watched.bench.running(0, false).await;
    lock.commit().await.unwrap();
    assert_eq!(watched.read(PHOTOS).await, before);
}

#[tokio::test]
async fn two_hundred_at_once_take_turns() {
    let watched = Watched::northwind().await;
    let before = watched.read(PHOTOS).await;
    for answer in join_all((0..200).map(|_| watched.bench.ask(PHOTOS))).await {
        assert_eq!(answer.data(), &before);
    }
    // Four for reading, and four more where one went by the other way.
    let sessions = watched.sessions().await.len();
    assert!(sessions <= 8, "{sessions} sessions");
}
