//! What cannot be: told all at once, each with its place.

use serde_json::json;

use super::*;

const NOBODY: &str = "018f0000-0000-7000-8000-000000000001";

#[tokio::test]
async fn what_is_wrong_with_a_cycle() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let create =
        async |input| refused(&bench, &bench.token, "createCycle", "cycle { id }", input).await;
    let wrong = json!({ "projectId": NOBODY, "cycleName": "", "cycleNumber": 0, "s3Prefix": "/a/../b", "description": "", "metadata": [] });
    let [name, number, prefix] =
        ["cycleName", "cycleNumber", "s3Prefix"].map(|field| is("INVALID", field));
    assert_eq!(
        create(wrong).await,
        [
            name.clone(),
            number.clone(),
            is("INVALID", "description"),
            is("INVALID", "metadata"),
            prefix.clone(),
            is("NOT_FOUND", "projectId")
        ]
    );
    for text in [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        "./a",
        "a\\b",
        "a\u{7}",
        &"x".repeat(101),
    ] {
        let told = create(json!({ "projectId": maple, "cycleName": "X", "s3Prefix": text })).await;
        assert!(
            !told.is_empty() && told.iter().all(|fault| *fault == prefix),
            "{text:?}: {told:?}"
        );
    }
    // Maple Street has C1, which is number 1.
    let taken = ["cycleName", "cycleNumber"].map(|field| is("ALREADY_EXISTS", field));
    assert_eq!(
        create(json!({ "projectId": maple, "cycleName": "C1", "cycleNumber": 1 })).await,
        taken
    );
    let c2 = cycle(&bench, &maple, "C2").await;
    let update = async |mut input: Value| {
        input["id"] = json!(c2);
        refused(&bench, &bench.token, "updateCycle", "cycle { id }", input).await
    };
    assert_eq!(
        update(json!({ "cycleName": "C1" })).await,
        [is("ALREADY_EXISTS", "cycleName")]
    );
    assert_eq!(
        update(json!({ "cycleName": "", "s3Prefix": "a/", "description": "", "metadata": 7 }))
            .await,
        [
            name,
            is("INVALID", "description"),
            is("INVALID", "metadata"),
            prefix
        ]
    );
    assert_eq!(
        update(json!({})).await,
        [("INVALID".to_owned(), "input".to_owned())]
    );
    let (payload, request) = done(&bench, "updateCycle", "cycle { cycleName s3Prefix description metadata }", json!({ "id": c2, "cycleName": "C2b", "s3Prefix": "maple/2", "description": "Gutters.", "metadata": { "a": [1] } })).await;
    assert_eq!(
        payload["cycle"],
        json!({ "cycleName": "C2b", "s3Prefix": "maple/2", "description": "Gutters.", "metadata": { "a": [1] } })
    );
    assert_eq!(
        trail(&bench, &request).await[0].2["before"]["s3_prefix"],
        "maple-street-reroof/c2"
    );
    for mutation in ["completeCycle", "updateCycle"] {
        let mut input = json!({ "id": NOBODY });
        if mutation == "updateCycle" {
            input["description"] = json!("x");
        }
        assert_eq!(
            refused(&bench, &bench.token, mutation, "cycle { id }", input).await,
            [is("NOT_FOUND", "id")]
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_upload() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let other = id(
        &bench,
        "SELECT id::text FROM cycles WHERE s3_prefix = 'harbor-view/c4'",
    )
    .await;
    let c2 = cycle(&bench, &maple, "C2").await;
    let begin = async |input| {
        refused(
            &bench,
            &bench.token,
            "startSyncSession",
            "syncSession { id }",
            input,
        )
        .await
    };
    assert_eq!(
        begin(json!({ "projectId": NOBODY, "cycleId": NOBODY, "s3Prefix": "a//b" })).await,
        [
            is("INVALID", "s3Prefix"),
            is("NOT_FOUND", "cycleId"),
            is("NOT_FOUND", "projectId")
        ]
    );
    assert_eq!(
        begin(json!({ "projectId": maple, "cycleId": other })).await,
        [is("NOT_FOUND", "cycleId")]
    );
    for prefix in [
        "elsewhere",
        "maple-street-reroof/c22",
        "maple-street-reroof",
    ] {
        assert_eq!(
            begin(json!({ "projectId": maple, "cycleId": c2, "s3Prefix": prefix })).await,
            [is("INVALID", "s3Prefix")],
            "{prefix}"
        );
    }
    let (payload, request) = done(
        &bench,
        "startSyncSession",
        "syncSession { id s3Prefix status startedAt user { username } cycle { status } }",
        json!({ "projectId": maple, "cycleId": c2, "s3Prefix": "maple-street-reroof/c2/left" }),
    )
    .await;
    let session = payload["syncSession"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        payload["syncSession"],
        json!({ "id": session, "s3Prefix": "maple-street-reroof/c2/left", "status": "PENDING", "startedAt": null, "user": { "username": "northwind.admin" }, "cycle": { "status": "IN_PROGRESS" } })
    );
    let told: Vec<String> = trail(&bench, &request)
        .await
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(told, ["cycle.start", "sync_session.create"]);

    let add =
        async |input| refused(&bench, &bench.token, "registerFiles", "files { id }", input).await;
    let files = json!([
        { "filePath": "" , "s3Key": "maple-street-reroof/c2/left/x" },
        { "filePath": "ü".repeat(1025) },
        { "filePath": "ok", "s3Key": "maple-street-reroof/c2/right/y", "fileSizeBytes": 0, "checksum": "xyz" },
        { "filePath": "../../etc/passwd" },
        { "filePath": "a\0b", "s3Key": "maple-street-reroof/c2/left/ok" },
        { "filePath": "ok2", "s3Key": "maple-street-reroof/c2/left/../../z" },
    ]);
    let invalid = |at: usize, field: &str| is("INVALID", &format!("files.{at}.{field}"));
    let told = add(json!({ "sessionId": NOBODY, "files": files })).await;
    assert!(told.contains(&is("NOT_FOUND", "sessionId")), "{told:?}");
    let mut told = add(json!({ "sessionId": session, "files": files })).await;
    told.dedup();
    assert_eq!(
        told,
        [
            invalid(0, "filePath"),
            invalid(1, "filePath"),
            invalid(1, "s3Key"),
            invalid(2, "checksum"),
            invalid(2, "fileSizeBytes"),
            invalid(2, "s3Key"),
            invalid(3, "s3Key"),
            invalid(4, "filePath"),
            invalid(5, "s3Key")
        ]
    );
    let twice = json!([{ "filePath": "a" }, { "filePath": "a" }, { "filePath": "b", "s3Key": "maple-street-reroof/c2/left/a" }]);
    let told = add(json!({ "sessionId": session, "files": twice })).await;
    assert_eq!(
        told,
        [
            is("ALREADY_EXISTS", "files.1.filePath"),
            is("ALREADY_EXISTS", "files.1.s3Key"),
            is("ALREADY_EXISTS", "files.2.s3Key")
        ]
    );
    for number in [0, 1001] {
        let files: Vec<_> = (0..number)
            .map(|n| json!({ "filePath": format!("{n}") }))
            .collect();
        assert_eq!(
            add(json!({ "sessionId": session, "files": files })).await,
            [is("INVALID", "files")]
        );
        let files: Vec<_> = (0..number)
            .map(|_| json!({ "id": NOBODY, "status": "COMPLETED" }))
            .collect();
        assert_eq!(
            refused(
                &bench,
                &bench.token,
                "reportFiles",
                "files { id }",
                json!({ "sessionId": session, "files": files })
            )
            .await,
            [is("INVALID", "files")]
        );
    }

    let [mine] = register(&bench, &session, &["mine"])
        .await
        .try_into()
        .unwrap();
    let foreign = id(&bench, "SELECT id::text FROM file_uploads WHERE status = 'pending' AND s3_key LIKE 'harbor-view/%' LIMIT 1").await;
    let files = json!([
        { "id": NOBODY, "status": "COMPLETED", "errorMessage": "x" },
        { "id": foreign, "status": "UPLOADING", "fileSizeBytes": -1, "checksum": "g".repeat(32) },
        { "id": mine, "status": "FAILED" },
        { "id": mine, "status": "FAILED", "errorMessage": "x".repeat(501) },
    ]);
    let told = refused(
        &bench,
        &bench.token,
        "reportFiles",
        "files { id }",
        json!({ "sessionId": session, "files": files }),
    )
    .await;
    assert_eq!(
        told,
        [
            invalid(0, "errorMessage"),
            invalid(1, "checksum"),
            invalid(1, "fileSizeBytes"),
            invalid(2, "errorMessage"),
            invalid(3, "errorMessage"),
            invalid(3, "id"),
            is("NOT_FOUND", "files.0.id"),
            is("NOT_FOUND", "files.1.id")
        ]
    );
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "completeSyncSession",
            "syncSession { id }",
            json!({ "id": session })
        )
        .await,
        [is("STATE", "id")]
    );
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "failSyncSession",
            "syncSession { id }",
            json!({ "id": NOBODY, "errorMessage": "" })
        )
        .await,
        [is("INVALID", "errorMessage"), is("NOT_FOUND", "id")]
    );
}

#[tokio::test]
async fn what_is_completed_must_fit_into_the_quota() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    let session = start(&bench, &maple, None).await;
    let big = json!({ "sessionId": session, "files": [{ "filePath": "big", "fileSizeBytes": 9_007_199_254_740_991_i64 }] });
    let (payload, _) = done(&bench, "registerFiles", "files { id }", big).await;
    let files = [payload["files"][0]["id"].as_str().unwrap().to_owned()];
    let told = refused(
        &bench,
        &bench.token,
        "reportFiles",
        "files { id }",
        reports(&session, &files, "COMPLETED"),
    )
    .await;
    assert_eq!(told, [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]);
    assert_eq!(
        report(&bench, &session, &files, "FAILED").await[0]["status"],
        "FAILED"
    );
}
