//! Slow requests leave their statements in the log, and no value.

use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use support::{Statements, value};

use super::Bench;

const DOCUMENT: &str = r#"query Waiting { photos(first: 1, filter: { s3Key: { eq: "xyzzy" } }) { nodes { id detections { nodes { id } } } } }"#;

/// The warnings of a request that waits for a lock for longer than a millisecond.
async fn warnings_of_waiting(slow: Option<Duration>, limit: Option<Duration>) -> Vec<String> {
    let bench = Bench::with(|settings| {
        settings.slow = slow;
        settings.limits.time = limit.unwrap_or(settings.limits.time);
    })
    .await;
    let seen = Statements::watch();
    seen.take_warnings();
    let lock = bench.superuser.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE photos").await.unwrap();
    let unlock = async {
        while value::<i64, _>(&bench.superuser, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if limit.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        lock.execute_unprepared("ROLLBACK").await.unwrap();
    };
    let (answer, ()) = tokio::join!(
        bench.gateway.query(&bench.token, DOCUMENT, json!({})),
        unlock
    );
    assert_eq!(answer.status == 200, limit.is_none(), "{}", answer.text);
    seen.take_warnings()
}

#[tokio::test]
async fn a_slow_request_leaves_its_statements_in_the_log() {
    let warnings = warnings_of_waiting(Some(Duration::from_millis(1)), None).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in [
        "message=slow",
        "request=",
        "operation=Waiting",
        "milliseconds=",
        "0 rows, ",
        "FROM \\\"photos\\\"",
    ] {
        assert!(warnings[0].contains(part), "{part}: {}", warnings[0]);
    }
    assert!(!warnings[0].contains("xyzzy"), "{}", warnings[0]);
}

#[tokio::test]
async fn what_was_never_answered_is_in_the_log_too() {
    let second = Some(Duration::from_secs(1));
    let warnings = warnings_of_waiting(second, second).await;
    let slow: Vec<_> = warnings
        .iter()
        .filter(|warning| warning.contains("message=slow"))
        .collect();
    assert_eq!(slow.len(), 1, "{warnings:?}");
    assert!(slow[0].contains("not answered: "), "{warnings:?}");
}

#[tokio::test]
async fn nothing_is_slow_where_nobody_said_what_slow_is() {
    assert_eq!(warnings_of_waiting(None, None).await, Vec::<String>::new());
}
