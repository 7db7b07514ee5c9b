//! Many writers at once: every state that anybody can see is a true one, and nobody waits for ever.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{column, execute, refusal, value};

use super::*;
use crate::graph::bench::eventually;

/// Sessions whose counters are not what their files say, in one statement: so in one committed state.
const WRONG: &str = "SELECT format('%s: %s instead of %s', session.id, told, counted)
  FROM sync_sessions session
  CROSS JOIN LATERAL (SELECT ROW(total_files::bigint, files_uploaded::bigint, files_failed::bigint, files_skipped::bigint, total_size_bytes::numeric, uploaded_size_bytes::numeric)::text) AS said (told)
  CROSS JOIN LATERAL (
    SELECT ROW(count(*), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'skipped'),
      coalesce(sum(file_size_bytes), 0), coalesce(sum(file_size_bytes) FILTER (WHERE status = 'completed'), 0))::text
    FROM file_uploads file WHERE file.organization_id = session.organization_id AND file.session_id = session.id) AS recount (counted)
  WHERE told <> counted";

#[tokio::test]
async fn counters_are_true_at_every_moment_of_many_reports() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let sessions = [
        start(&bench, &maple, None).await,
        start(&bench, &maple, None).await,
    ];
    let mut files = Vec::new();
    for session in &sessions {
        let paths: Vec<String> = (0..120).map(|n| format!("{n}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        files.push(register(&bench, session, &paths).await);
    }
    // Each reporter reports files that others report too, in another order, and registers some more.
    let report = |reporter: usize| {
        let (bench, sessions, files) = (&bench, &sessions, &files);
        async move {
            for round in 0..6 {
                let at = (reporter + round) % 2;
                let mut some: Vec<String> = files[at]
                    .iter()
                    .skip(round * 20)
                    .take(20)
                    .cloned()
                    .collect();
                if usize::is_multiple_of(reporter, 2) {
                    some.reverse();
                }
                let status = ["UPLOADING", "FAILED", "COMPLETED"][(reporter + round) % 3];
                let (payload, _) = mutate(
                    bench,
                    &bench.token,
                    "reportFiles",
                    "files { id }",
                    &reports(&sessions[at], &some, status),
                )
                .await;
                let is_late = payload["errors"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|error| error["code"] == "STATE");
                assert!(is_late, "{payload}");
                let new = json!({ "sessionId": sessions[at], "files": [{ "filePath": format!("{reporter}/{round}"), "fileSizeBytes": 3 }] });
                done(bench, "registerFiles", "files { id }", new).await;
            }
        }
    };
    let is_over = AtomicBool::new(false);
    let watch = async {
        let mut states = 0;
        while !is_over.load(Ordering::Relaxed) {
            let wrong: Vec<String> = column(&bench.superuser, WRONG).await;
            assert_eq!(wrong, Vec::<String>::new());
            states += 1;
        }
        states
    };
    let all = async {
        join_all((0..8).map(report)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (states, ()) = tokio::join!(watch, all);
    assert!(states > 5, "only {states} states were looked at");
    assert_eq!(
        column::<String, _>(&bench.superuser, WRONG).await,
        Vec::<String>::new()
    );
    let registered: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM file_uploads WHERE file_size_bytes = 3",
    )
    .await;
    assert_eq!(registered, 48);
}

/// Two at the same moment, behind a lock that a test holds until both wait; and what they answered.
async fn at_once(bench: &Bench, lock: &str, these: [(&str, Value); 2]) -> [Value; 2] {
    let held = bench.superuser.begin().await.unwrap();
    execute(&held, lock, []).await.unwrap();
    let both = join_all(
        these
            .iter()
            .map(|(name, input)| mutate(bench, &bench.token, name, "errors { message }", input)),
    );
    let (payloads, ()) = tokio::join!(both, async {
        bench.running(2, true).await;
        held.commit().await.unwrap();
    });
    let mut answers = payloads
        .into_iter()
        .map(|(payload, _)| payload["errors"].clone());
    [answers.next().unwrap(), answers.next().unwrap()]
}

#[tokio::test]
async fn of_an_end_and_a_registration_one_sees_the_other() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    for turn in 0..4 {
        let session = start(&bench, &maple, None).await;
        let mut these = [
            ("completeSyncSession", json!({ "id": session })),
            (
                "registerFiles",
                json!({ "sessionId": session, "files": [{ "filePath": "late" }] }),
            ),
        ];
        if turn % 2 == 1 {
            these.reverse();
        }
        let lock = format!("SELECT FROM sync_sessions WHERE id = '{session}' FOR UPDATE");
        let answers = at_once(&bench, &lock, these).await;
        let fine = answers
            .iter()
            .filter(|errors| **errors == json!([]))
            .count();
        assert_eq!(fine, 1, "{answers:?}");
        let lost: i64 = value(&bench.superuser, "SELECT count(*) FROM file_uploads file JOIN sync_sessions session ON session.id = session_id WHERE session.status = 'completed' AND file.status IN ('pending', 'uploading', 'failed')").await;
        assert_eq!(lost, 0);
    }
}

#[tokio::test]
async fn of_the_end_of_a_cycle_and_a_new_upload_one_sees_the_other() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    for turn in 0..4 {
        let c = cycle(&bench, &maple, &format!("T{turn}")).await;
        let session = start(&bench, &maple, Some(&c)).await;
        complete(&bench, &session).await;
        let mut these = [
            ("completeCycle", json!({ "id": c })),
            (
                "startSyncSession",
                json!({ "projectId": maple, "cycleId": c }),
            ),
        ];
        if turn % 2 == 1 {
            these.reverse();
        }
        let lock = format!("SELECT FROM cycles WHERE id = '{c}' FOR UPDATE");
        let answers = at_once(&bench, &lock, these).await;
        assert_eq!(
            answers
                .iter()
                .filter(|errors| **errors == json!([]))
                .count(),
            1,
            "{answers:?}"
        );
        let wrong: i64 = value(&bench.superuser, "SELECT count(*) FROM cycles JOIN sync_sessions session ON cycle_id = cycles.id WHERE cycles.status = 'completed' AND session.status IN ('pending', 'in_progress')").await;
        assert_eq!(wrong, 0);
    }
}

#[tokio::test]
async fn twenty_new_cycles_have_twenty_numbers() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let named = |n: usize| json!({ "projectId": maple, "cycleName": format!("N{n}") });
    let made = join_all((0..20).map(|n| async move { named(n) }));
    let inputs = made.await;
    let payloads = join_all(inputs.iter().map(|input| {
        mutate(
            &bench,
            &bench.token,
            "createCycle",
            "cycle { cycleNumber }",
            input,
        )
    }))
    .await;
    let mut numbers: Vec<i64> = payloads
        .iter()
        .map(|(payload, _)| {
            payload["cycle"]["cycleNumber"]
                .as_i64()
                .unwrap_or_else(|| panic!("{payload}"))
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=21).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_files_registered_at_once_are_there_once() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let session = start(&bench, &maple, None).await;
    let files: Vec<Value> = (0..50)
        .map(|n| json!({ "filePath": format!("{n}"), "fileSizeBytes": 1 }))
        .collect();
    let input = json!({ "sessionId": session, "files": files });
    let payloads = join_all((0..6).map(|_| {
        mutate(
            &bench,
            &bench.token,
            "registerFiles",
            "files { id }",
            &input,
        )
    }))
    .await;
    for (payload, _) in &payloads {
        assert_eq!(payload["files"], payloads[0].0["files"], "{payload}");
    }
    let there = bench
        .data(
            "query($id: ID!) { syncSession(id: $id) { totalFiles totalSizeBytes } }",
            json!({ "id": session }),
        )
        .await;
    assert_eq!(
        there["syncSession"],
        json!({ "totalFiles": 50, "totalSizeBytes": 50 })
    );
    let told: Vec<usize> = join_all(
        payloads
            .iter()
            .map(async |(_, request)| trail(&bench, request).await.len()),
    )
    .await;
    assert_eq!(told.iter().sum::<usize>(), 50, "{told:?}");
}

/// Two writers without a gateway: the first has not committed yet, so the second waits, and then is refused.
async fn refused_after(bench: &Bench, first: &str, second: &str) -> String {
    let held = bench.superuser.begin().await.unwrap();
    execute(&held, first, []).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'";
    let (refused, ()) = tokio::join!(execute(&bench.superuser, second, []), async {
        eventually("the second waits", async || {
            value::<i64, _>(&bench.superuser, waiting).await == 1
        })
        .await;
        held.commit().await.unwrap();
    });
    refusal(&refused.expect_err(second)).constraint
}

#[tokio::test]
async fn the_database_needs_no_gateway_to_see_both() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let c = cycle(&bench, &maple, "C9").await;
    let [empty, other] = [
        start(&bench, &maple, None).await,
        start(&bench, &maple, None).await,
    ];
    let add = |session: &str| {
        format!(
            "INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key)
             SELECT organization_id, project_id, id, 'x', 'x' FROM sync_sessions WHERE id = '{session}'"
        )
    };
    let end = |session: &str| {
        format!("UPDATE sync_sessions SET status = 'completed' WHERE id = '{session}'")
    };
    for (first, second, constraint) in [
        (add(&empty), end(&empty), "sync_sessions_open_files_kept"),
        (end(&other), add(&other), "file_uploads_session_kept"),
    ] {
        assert_eq!(refused_after(&bench, &first, &second).await, constraint);
    }
    let only = start(&bench, &maple, Some(&c)).await;
    complete(&bench, &only).await;
    let first = format!("UPDATE cycles SET status = 'completed' WHERE id = '{c}'");
    let second = format!(
        "INSERT INTO sync_sessions (organization_id, project_id, cycle_id) SELECT organization_id, project_id, id FROM cycles WHERE id = '{c}'"
    );
    let constraint = refused_after(&bench, &first, &second).await;
    assert_eq!(constraint, "sync_sessions_cycle_kept");
}
