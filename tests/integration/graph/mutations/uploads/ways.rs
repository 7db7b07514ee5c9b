//! The ways that cycles, sessions and files may go, and no others.

use serde_json::{Value, json};
use support::{execute, refusal};

use super::*;

const NONE: &str = "errors { code }";

#[tokio::test]
async fn a_cycle_ends_when_its_uploads_have_ended() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let c = cycle(&bench, &maple, "C9").await;
    let end = json!({ "id": c });
    let ended = async || {
        let (payload, request) = done(
            &bench,
            "completeCycle",
            "cycle { status completedAt startedAt }",
            json!({ "id": c }),
        )
        .await;
        assert_eq!(trail(&bench, &request).await[0].0, "cycle.complete");
        assert!(payload["cycle"]["completedAt"].as_str() >= payload["cycle"]["startedAt"].as_str());
        payload["cycle"]["status"].as_str().unwrap().to_owned()
    };
    // Nothing was uploaded yet, and then it is under way.
    let refuse = async || {
        refused(
            &bench,
            &bench.token,
            "completeCycle",
            "cycle { id }",
            end.clone(),
        )
        .await
    };
    assert_eq!(refuse().await, [is("STATE", "id")]);
    let first = start(&bench, &maple, Some(&c)).await;
    assert_eq!(refuse().await, [is("STATE", "id")]);
    // The prefix is where the files are from now on; it may be said again, though.
    let prefix = |prefix: &str| json!({ "id": c, "s3Prefix": prefix });
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "updateCycle",
            "cycle { id }",
            prefix("elsewhere")
        )
        .await,
        [is("STATE", "s3Prefix")]
    );
    done(
        &bench,
        "updateCycle",
        "cycle { id }",
        prefix("maple-street-reroof/c9"),
    )
    .await;
    // One file arrives, one fails, and one is never told of again.
    let files = register(&bench, &first, &["a", "b", "c"]).await;
    report(&bench, &first, &files[..1], "COMPLETED").await;
    report(&bench, &first, &files[1..2], "FAILED").await;
    let failed = json!({ "id": first, "errorMessage": "The battery is empty." });
    let (payload, request) = done(
        &bench,
        "failSyncSession",
        "syncSession { status errorMessage }",
        failed,
    )
    .await;
    assert_eq!(
        payload["syncSession"],
        json!({ "status": "FAILED", "errorMessage": "The battery is empty." })
    );
    assert_eq!(trail(&bench, &request).await[0].0, "sync_session.fail");
    assert_eq!(ended().await, "INCOMPLETE");
    assert_eq!(refuse().await, [is("STATE", "id")]);
    // Taken up again, with one of the two that are missing; then with the other.
    for (path, status) in [("b", "INCOMPLETE"), ("c", "COMPLETED")] {
        let next = start(&bench, &maple, Some(&c)).await;
        let files = register(&bench, &next, &[path]).await;
        report(&bench, &next, &files, "COMPLETED").await;
        assert_eq!(complete(&bench, &next).await["status"], "COMPLETED");
        assert_eq!(ended().await, status, "{path}");
    }
    assert_eq!(refuse().await, [is("STATE", "id")]);
    let again = json!({ "projectId": maple, "cycleId": c });
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "startSyncSession",
            "syncSession { id }",
            again
        )
        .await,
        [is("STATE", "cycleId")]
    );
}

#[tokio::test]
async fn the_last_upload_of_a_cycle_says_whether_it_failed() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let c = cycle(&bench, &maple, "C9").await;
    // A session that failed before it knew of any file.
    let first = start(&bench, &maple, Some(&c)).await;
    done(
        &bench,
        "failSyncSession",
        "syncSession { id }",
        json!({ "id": first, "errorMessage": "x" }),
    )
    .await;
    let (payload, _) = done(
        &bench,
        "completeCycle",
        "cycle { status }",
        json!({ "id": c }),
    )
    .await;
    assert_eq!(payload["cycle"]["status"], "INCOMPLETE");
    // One with nothing to do ends well.
    let second = start(&bench, &maple, Some(&c)).await;
    let ended = complete(&bench, &second).await;
    assert_eq!(
        (&ended["status"], &ended["startedAt"]),
        (&json!("COMPLETED"), &ended["completedAt"])
    );
    let (payload, _) = done(
        &bench,
        "completeCycle",
        "cycle { status }",
        json!({ "id": c }),
    )
    .await;
    assert_eq!(payload["cycle"]["status"], "COMPLETED");
}

#[tokio::test]
async fn a_file_goes_forward_and_what_failed_is_tried_again() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let session = start(&bench, &maple, None).await;
    let files = register(&bench, &session, &["a", "b", "c", "d"]).await;
    let way = ["UPLOADING", "FAILED", "UPLOADING", "COMPLETED"];
    for status in way {
        let now = report(&bench, &session, &files[..1], status).await;
        assert_eq!(now[0]["status"], status);
        assert_eq!(now[0]["uploadedAt"].is_string(), status == "COMPLETED");
        assert_eq!(now[0]["errorMessage"].is_string(), status == "FAILED");
    }
    report(&bench, &session, &files[1..2], "SKIPPED").await;
    report(&bench, &session, &files[2..3], "FAILED").await;
    // A report that is sent again changes nothing, and is not told of again.
    for (file, status) in [(0, "COMPLETED"), (1, "SKIPPED"), (2, "FAILED")] {
        let before = bench
            .data(
                "query($id: ID!) { fileUpload(id: $id) { updatedAt uploadedAt } }",
                json!({ "id": files[file] }),
            )
            .await;
        let (payload, request) = done(
            &bench,
            "reportFiles",
            "files { updatedAt uploadedAt }",
            reports(&session, &files[file..=file], status),
        )
        .await;
        assert_eq!(payload["files"][0], before["fileUpload"]);
        assert_eq!(trail(&bench, &request).await, [], "{status}");
    }
    for (file, to) in [
        (0, "UPLOADING"),
        (0, "FAILED"),
        (0, "SKIPPED"),
        (1, "UPLOADING"),
        (1, "COMPLETED"),
        (1, "FAILED"),
        (2, "PENDING"),
        (3, "PENDING"),
    ] {
        let input = reports(&session, &files[file..=file], to);
        let code = if to == "PENDING" { "INVALID" } else { "STATE" };
        let told = refused(&bench, &bench.token, "reportFiles", "files { id }", input).await;
        assert_eq!(told, [is(code, "files.0.status")], "{file} {to}");
    }
    // What is said of a completed file stays, unless it is the same.
    let other = json!({ "sessionId": session, "files": [{ "id": files[0], "status": "COMPLETED", "fileSizeBytes": 11 }] });
    assert_eq!(
        refused(&bench, &bench.token, "reportFiles", "files { id }", other).await,
        [is("STATE", "files.0.status")]
    );
    let same = json!({ "sessionId": session, "files": [{ "id": files[0], "status": "COMPLETED", "fileSizeBytes": 10 }] });
    done(&bench, "reportFiles", "files { id }", same).await;
    // Size and content are told when they are known.
    let known = json!({ "sessionId": session, "files": [{ "id": files[3], "status": "COMPLETED", "fileSizeBytes": 12, "checksum": "AB".repeat(16) }] });
    let (payload, request) = done(
        &bench,
        "reportFiles",
        "files { fileSizeBytes checksum session { uploadedSizeBytes totalSizeBytes } }",
        known,
    )
    .await;
    assert_eq!(
        payload["files"][0],
        json!({ "fileSizeBytes": 12, "checksum": "ab".repeat(16), "session": { "uploadedSizeBytes": 22, "totalSizeBytes": 42 } })
    );
    let told = trail(&bench, &request).await;
    assert_eq!((told.len(), told[0].0.as_str()), (1, "file_upload.report"));
    assert_eq!(
        (
            &told[0].2["before"]["status"],
            &told[0].2["after"]["status"],
            &told[0].2["before"]["file_size_bytes"]
        ),
        (&json!("pending"), &json!("completed"), &json!(10))
    );
    // What ended takes nothing more.
    assert_eq!(complete(&bench, &session).await["status"], "FAILED");
    let more = json!({ "sessionId": session, "files": [{ "filePath": "e" }] });
    assert_eq!(
        refused(&bench, &bench.token, "registerFiles", "files { id }", more).await,
        [is("STATE", "sessionId")]
    );
    let more = reports(&session, &files[2..3], "COMPLETED");
    assert_eq!(
        refused(&bench, &bench.token, "reportFiles", "files { id }", more).await,
        [is("STATE", "sessionId")]
    );
    for (mutation, input) in [
        ("completeSyncSession", json!({ "id": session })),
        (
            "failSyncSession",
            json!({ "id": session, "errorMessage": "x" }),
        ),
    ] {
        assert_eq!(
            refused(
                &bench,
                &bench.token,
                mutation,
                NONE.trim_start_matches(NONE),
                input
            )
            .await,
            [is("STATE", "id")]
        );
    }
}

#[tokio::test]
async fn duplicates_are_those_of_completed_files_of_the_project() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let gym = id(
        &bench,
        "SELECT project_id::text FROM sync_sessions WHERE s3_prefix = 'school-gym/handover'",
    )
    .await;
    let [one, two] = [
        start(&bench, &maple, None).await,
        start(&bench, &maple, None).await,
    ];
    let elsewhere = start(&bench, &gym, None).await;
    let sum = "0123456789ABCDEF0123456789abcdef";
    let send = async |session: &str, path: &str| -> Value {
        let input = json!({ "sessionId": session, "files": [{ "filePath": path, "checksum": sum, "fileSizeBytes": 5 }] });
        done(
            &bench,
            "registerFiles",
            "files { id status isDuplicate checksum }",
            input,
        )
        .await
        .0["files"][0]
            .clone()
    };
    let as_id = |file: &Value| vec![file["id"].as_str().unwrap().to_owned()];
    // Two that are pending are no duplicates of each other, and neither is when it is completed.
    let (a, b) = (send(&one, "a").await, send(&two, "b").await);
    for (session, file) in [(&one, &a), (&two, &b)] {
        assert_eq!(
            (&file["status"], &file["isDuplicate"], &file["checksum"]),
            (&json!("PENDING"), &json!(false), &json!(sum.to_lowercase()))
        );
        let now = report(&bench, session, &as_id(file), "COMPLETED").await;
        assert_eq!(
            (&now[0]["status"], &now[0]["isDuplicate"]),
            (&json!("COMPLETED"), &json!(false))
        );
    }
    // From now on one is; of another project none is.
    let c = send(&two, "c").await;
    assert_eq!(
        (&c["status"], &c["isDuplicate"]),
        (&json!("SKIPPED"), &json!(true))
    );
    assert_eq!(send(&elsewhere, "c").await["status"], "PENDING");
    // Who skips a file by themselves is told whether it was one.
    let later = register(&bench, &two, &["d", "e"]).await;
    let known = json!({ "sessionId": two, "files": [{ "id": later[0], "status": "SKIPPED", "checksum": sum }, { "id": later[1], "status": "SKIPPED", "errorMessage": "Not wanted." }] });
    let (payload, _) = done(
        &bench,
        "reportFiles",
        "files { isDuplicate errorMessage }",
        known,
    )
    .await;
    assert_eq!(
        payload["files"],
        json!([
        { "isDuplicate": true, "errorMessage": "A file with this content was uploaded to the project before." },
        { "isDuplicate": false, "errorMessage": "Not wanted." }])
    );
    // The same again is the same file, whatever is said of it now.
    let again = send(&one, "a").await;
    assert_eq!(
        (&again["id"], &again["status"]),
        (&a["id"], &json!("COMPLETED"))
    );
    let counters = bench.data("query($id: ID!) { syncSession(id: $id) { totalFiles filesSkipped totalSizeBytes uploadedSizeBytes } }", json!({ "id": two })).await;
    assert_eq!(
        counters["syncSession"],
        json!({ "totalFiles": 4, "filesSkipped": 3, "totalSizeBytes": 30, "uploadedSizeBytes": 5 })
    );
}

/// Whoever writes, by whatever way: the rules are the database's.
#[tokio::test]
async fn the_database_keeps_the_ways_by_itself() {
    let bench = Bench::northwind().await;
    let of = |name: &str| {
        format!(
            "id = (SELECT id FROM cycles WHERE cycle_name = '{name}' AND s3_prefix = 'harbor-view/{}')",
            name.to_lowercase()
        )
    };
    let session = |status: &str| {
        format!("session_id IN (SELECT id FROM sync_sessions WHERE status = '{status}')")
    };
    for (statement, constraint) in [
        (format!("UPDATE cycles SET status = 'in_progress' WHERE {}", of("C1")), "cycles_status_forward"),
        (format!("UPDATE cycles SET status = 'completed' WHERE {}", of("C4")), "cycles_status_forward"),
        (format!("UPDATE cycles SET status = 'pending' WHERE {}", of("C2")), "cycles_status_forward"),
        (format!("UPDATE cycles SET status = 'incomplete' WHERE {}", of("C3")), "cycles_open_sessions_kept"),
        (format!("UPDATE cycles SET s3_prefix = 'x' WHERE {}", of("C3")), "cycles_s3_prefix_kept"),
        ("UPDATE sync_sessions SET status = 'in_progress' WHERE status = 'failed'".to_owned(), "sync_sessions_status_forward"),
        ("UPDATE sync_sessions SET status = 'pending' WHERE status = 'in_progress'".to_owned(), "sync_sessions_status_forward"),
        ("UPDATE sync_sessions SET status = 'completed' WHERE s3_prefix = 'harbor-view/c3'".to_owned(), "sync_sessions_open_files_kept"),
        (format!("INSERT INTO sync_sessions (organization_id, project_id, cycle_id) SELECT organization_id, project_id, id FROM cycles WHERE {}", of("C2")), "sync_sessions_cycle_kept"),
        (format!("UPDATE sync_sessions SET cycle_id = (SELECT id FROM cycles WHERE {}) WHERE s3_prefix = 'harbor-view/c3'", of("C1")), "sync_sessions_cycle_kept"),
        (format!("UPDATE file_uploads SET status = 'failed' WHERE status = 'completed' AND {}", session("in_progress")), "file_uploads_status_forward"),
        (format!("UPDATE file_uploads SET checksum = md5('') WHERE status = 'completed' AND {}", session("in_progress")), "file_uploads_done_kept"),
        (format!("UPDATE file_uploads SET status = 'completed' WHERE status = 'failed' AND {}", session("failed")), "file_uploads_session_kept"),
        ("INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key)
          SELECT organization_id, project_id, id, 'late', 'late' FROM sync_sessions WHERE status IN ('completed', 'in_progress')".to_owned(), "file_uploads_session_kept"),
    ] {
        let error = execute(&bench.superuser, &statement, []).await.expect_err(&statement);
        assert_eq!(refusal(&error).constraint, constraint, "{statement}");
    }
    // A cycle whose last session failed, or that misses a file, is not completed.
    bench
        .arrange("UPDATE file_uploads SET status = 'failed' WHERE status = 'pending'")
        .await;
    bench
        .arrange("UPDATE file_uploads SET status = 'completed' WHERE status = 'uploading'")
        .await;
    let error = execute(
        &bench.superuser,
        "UPDATE sync_sessions SET status = 'completed' WHERE s3_prefix = 'harbor-view/c3'",
        [],
    )
    .await
    .unwrap_err();
    assert_eq!(
        refusal(&error).constraint,
        "sync_sessions_failed_files_kept"
    );
    bench
        .arrange("UPDATE sync_sessions SET status = 'failed' WHERE s3_prefix = 'harbor-view/c3'")
        .await;
    let error = execute(
        &bench.superuser,
        &format!("UPDATE cycles SET status = 'completed' WHERE {}", of("C3")),
        [],
    )
    .await
    .unwrap_err();
    assert_eq!(refusal(&error).constraint, "cycles_missing_files_kept");
    assert_eq!(
        bench
            .arrange(&format!(
                "UPDATE cycles SET status = 'incomplete' WHERE {}",
                of("C3")
            ))
            .await,
        1
    );
}
