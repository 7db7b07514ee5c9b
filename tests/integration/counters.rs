//! The counters of a sync session always equal what its files say, whatever happens to the files.

mod uploads;

use fieldgraph::database::{DatabaseRole, GatewayPools};
use sea_orm::{ConnectionTrait, TransactionTrait};
use support::{Caller, execute, refusal, value};
use uuid::Uuid;

use uploads::{STATUSES, Uploads, begin, texts};

#[tokio::test]
async fn files_are_counted_as_they_come_one_by_one_and_many_at_once() {
    let uploads = Uploads::new().await;
    let [first, second, _] = uploads.sessions;
    uploads.add_files(first, &["pending"]).await;
    assert_eq!(uploads.counters(first).await, [1, 0, 0, 0, 1, 0]);
    uploads
        .add_files(first, &["completed", "completed", "failed", "skipped"])
        .await;
    assert_eq!(uploads.counters(first).await, [5, 2, 1, 1, 11, 3]);
    uploads.add_files(second, &[]).await;
    // One statement, three sessions, and files whose size nobody knows.
    let added = uploads
        .run(
            "INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, status)
             SELECT session.organization_id, project_id, session.id, size, 'x', nullif(size, 0), 'completed'
             FROM sync_sessions session, generate_series(0, 3) AS size",
            [],
        )
        .await;
    assert_eq!(added, 12);
    assert_eq!(uploads.counters(second).await, [4, 4, 0, 0, 6, 6]);
}

#[tokio::test]
async fn every_change_of_a_status_is_counted() {
    let uploads = Uploads::new().await;
    let session = uploads.sessions[0];
    for before in STATUSES {
        uploads.add_files(session, &[before]).await;
        for after in STATUSES {
            let moved = uploads
                .run("UPDATE file_uploads SET status = $1", [after.into()])
                .await;
            assert!(moved > 0);
            let back = uploads
                .run("UPDATE file_uploads SET status = $1", [before.into()])
                .await;
            assert_eq!(back, moved);
        }
    }
    // Different changes in one statement.
    uploads.add_files(uploads.sessions[1], &STATUSES).await;
    uploads
        .run(
            "UPDATE file_uploads SET status = CASE status WHEN 'completed' THEN 'failed' WHEN 'failed' THEN 'completed' WHEN 'pending' THEN 'skipped' ELSE 'pending' END",
            [],
        )
        .await;
    assert_eq!(
        uploads.counters(uploads.sessions[1]).await,
        [5, 1, 1, 1, 15, 4]
    );
}

#[tokio::test]
async fn sizes_moves_and_deletes_are_counted() {
    let uploads = Uploads::new().await;
    let [first, second, third] = uploads.sessions;
    uploads.add_files(first, &STATUSES).await;
    uploads.add_files(second, &STATUSES).await;
    for statement in [
        "UPDATE file_uploads SET file_size_bytes = file_size_bytes * 1000",
        "UPDATE file_uploads SET file_size_bytes = NULL WHERE status = 'completed'",
        "UPDATE file_uploads SET file_size_bytes = 7, status = 'completed' WHERE file_size_bytes IS NULL OR status = 'pending'",
        "INSERT INTO file_uploads SELECT * FROM file_uploads ON CONFLICT (organization_id, id) DO UPDATE SET status = 'completed', file_size_bytes = 3",
        "MERGE INTO file_uploads USING (SELECT id, row_number() OVER (ORDER BY id) % 3 AS fate FROM file_uploads) AS drawn ON drawn.id = file_uploads.id
         WHEN MATCHED AND fate = 0 THEN DELETE WHEN MATCHED AND fate = 1 THEN UPDATE SET status = 'failed' WHEN MATCHED THEN DO NOTHING",
    ] {
        assert!(uploads.run(statement, []).await > 0, "{statement}");
    }
    for (from, to) in [(first, third), (third, second), (second, first)] {
        uploads
            .run(
                "UPDATE file_uploads SET session_id = $2, status = 'completed' WHERE session_id = $1",
                [from.into(), to.into()],
            )
            .await;
        assert_eq!(uploads.counters(from).await, [0; 6]);
    }
    // Nobody knows any size: a sum of nothing is 0.
    for statement in [
        "UPDATE file_uploads SET file_size_bytes = NULL",
        "UPDATE file_uploads SET status = CASE status WHEN 'completed' THEN 'failed' ELSE 'completed' END",
    ] {
        assert!(uploads.run(statement, []).await > 0, "{statement}");
    }
    uploads
        .run(
            "DELETE FROM file_uploads WHERE id = (SELECT id FROM file_uploads LIMIT 1)",
            [],
        )
        .await;
    uploads.run("DELETE FROM file_uploads", []).await;
    for session in uploads.sessions {
        assert_eq!(uploads.counters(session).await, [0; 6]);
    }
    uploads.run("DELETE FROM file_uploads", []).await;
}

#[tokio::test]
async fn sessions_that_move_or_go_keep_the_counters_true() {
    let uploads = Uploads::new().await;
    let [bridge, tunnel] = uploads.projects;
    let [first, second, third] = uploads.sessions;
    for session in uploads.sessions {
        uploads.add_files(session, &STATUSES).await;
    }
    let counted = [5, 1, 1, 1, 15, 3];
    uploads
        .run(
            "UPDATE sync_sessions SET project_id = $2 WHERE id = $1",
            [first.into(), tunnel.into()],
        )
        .await;
    assert_eq!(uploads.counters(first).await, counted);
    // A file moves into a session of another project.
    uploads
        .run(
            "UPDATE file_uploads SET session_id = $2, project_id = $3 WHERE session_id = $1 AND status = 'failed'",
            [second.into(), first.into(), tunnel.into()],
        )
        .await;
    assert_eq!(uploads.counters(first).await, [6, 1, 2, 1, 19, 3]);
    // A cycle moves with its sessions, and they with their files.
    uploads
        .run(
            "WITH cycle AS (INSERT INTO cycles (organization_id, project_id, cycle_name, cycle_number, s3_prefix)
               VALUES ($1, $2, 'First', 1, 'first/') RETURNING id)
             UPDATE sync_sessions SET cycle_id = (SELECT id FROM cycle) WHERE id = $3",
            [
                uploads.organization.into(),
                bridge.into(),
                third.into(),
            ],
        )
        .await;
    uploads
        .run("UPDATE cycles SET project_id = $1", [tunnel.into()])
        .await;
    assert_eq!(uploads.counters(third).await, counted);
    let moved: i64 = value(
        &uploads.superuser,
        &format!("SELECT count(*) FROM file_uploads WHERE project_id = '{tunnel}'"),
    )
    .await;
    assert_eq!(moved, 11);
    uploads.run("DELETE FROM cycles", []).await;
    uploads
        .run("DELETE FROM sync_sessions WHERE id = $1", [first.into()])
        .await;
    uploads
        .run("DELETE FROM projects WHERE id = $1", [tunnel.into()])
        .await;
    assert_eq!(uploads.counters(second).await, [4, 1, 0, 1, 11, 3]);
}

#[tokio::test]
async fn a_statement_that_is_rolled_back_counts_nothing() {
    let uploads = Uploads::new().await;
    let session = uploads.sessions[0];
    uploads.add_files(session, &STATUSES).await;
    let before = uploads.counters(session).await;
    for end in ["nothing", "a savepoint", "an error"] {
        let transaction = uploads.transaction().await;
        if end == "a savepoint" {
            transaction
                .execute_unprepared("SAVEPOINT before")
                .await
                .unwrap();
        }
        execute(
            &transaction,
            "UPDATE file_uploads SET status = 'completed'",
            [],
        )
        .await
        .unwrap();
        execute(
            &transaction,
            "DELETE FROM file_uploads WHERE file_size_bytes > 3",
            [],
        )
        .await
        .unwrap();
        match end {
            "a savepoint" => {
                transaction
                    .execute_unprepared("ROLLBACK TO SAVEPOINT before")
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
            }
            "an error" => {
                execute(
                    &transaction,
                    "UPDATE file_uploads SET file_size_bytes = -1",
                    [],
                )
                .await
                .expect_err("no file is smaller than nothing");
                drop(transaction);
            }
            _ => transaction.rollback().await.unwrap(),
        }
        uploads.assert_exact(end).await;
        assert_eq!(uploads.counters(session).await, before, "{end}");
    }
}

#[tokio::test]
async fn nobody_writes_a_counter_by_hand() {
    let uploads = Uploads::new().await;
    uploads.add_files(uploads.sessions[0], &STATUSES).await;
    let organization = uploads.organization;
    let project = uploads.projects[0];
    for counter in [
        "total_files",
        "files_uploaded",
        "files_failed",
        "files_skipped",
        "total_size_bytes",
        "uploaded_size_bytes",
    ] {
        for statement in [
            format!("UPDATE sync_sessions SET {counter} = {counter} + 1"),
            format!("UPDATE sync_sessions SET status = 'completed', {counter} = 1000"),
            format!(
                "INSERT INTO sync_sessions (organization_id, project_id, {counter}) VALUES ('{organization}', '{project}', 1)"
            ),
        ] {
            for connection in [&uploads.owner, &uploads.superuser] {
                let transaction = begin(connection, organization).await;
                let error = execute(&transaction, &statement, [])
                    .await
                    .expect_err(&statement);
                let refusal = refusal(&error);
                assert_eq!(refusal.code, "23514", "{statement}");
                assert_eq!(
                    refusal.constraint, "sync_sessions_counters_kept",
                    "{statement}"
                );
            }
            let pools = uploads.database.gateway();
            for role in [DatabaseRole::Admin, DatabaseRole::Member] {
                let caller = Caller {
                    role,
                    organization: Some(organization),
                    user: None,
                };
                let transaction = uploads.database.transaction(&pools, caller).await;
                let error = execute(&transaction, &statement, [])
                    .await
                    .expect_err(&statement);
                assert_eq!(refusal(&error).code, "42501", "{statement}");
            }
        }
    }
    for statement in ["TRUNCATE file_uploads", "TRUNCATE sync_sessions CASCADE"] {
        for connection in [&uploads.owner, &uploads.superuser] {
            let error = execute(connection, statement, [])
                .await
                .expect_err(statement);
            assert_eq!(
                refusal(&error).constraint,
                "file_uploads_no_truncate",
                "{statement}"
            );
        }
    }
    uploads.assert_exact("every refusal").await;
}

/// The numbers of a fixed seed, the same at every run.
struct Numbers(u64);

impl Numbers {
    /// One below a limit (xorshift64*).
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % limit
    }

    /// Fisher and Yates.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

const TASKS: usize = 8;
const FILES: usize = 500;
const FILES_A_STATEMENT: usize = 20;

#[tokio::test]
async fn many_uploaders_of_the_same_sessions_neither_deadlock_nor_miscount() {
    let uploads = Uploads::new().await;
    let pools = GatewayPools::new(
        &uploads.database.gateway_url(),
        u32::try_from(TASKS).unwrap(),
    )
    .unwrap();
    let caller = Caller {
        role: DatabaseRole::Admin,
        organization: Some(uploads.organization),
        user: None,
    };
    let work = |task: usize| {
        let (uploads, pools) = (&uploads, &pools);
        async move {
            let mut numbers = Numbers(0x5eed_0000 + u64::try_from(task).unwrap());
            let mut files: Vec<_> = (0..FILES)
                .map(|_| {
                    (
                        Uuid::now_v7(),
                        uploads.sessions[numbers.below(3)],
                        STATUSES[numbers.below(5)],
                    )
                })
                .collect();
            for statement in [
                "INSERT INTO file_uploads (organization_id, project_id, session_id, id, file_path, s3_key, file_size_bytes)
                 SELECT current_setting('app.organization_id')::uuid, $4::uuid, session, file, file, 'x', length(status)
                 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS reported (file, session, status)",
                "UPDATE file_uploads SET status = reported.status, file_size_bytes = file_size_bytes * 100
                 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS reported (file, session, status)
                 WHERE (id, session_id, project_id) = (file, session, $4::uuid)",
            ] {
                numbers.shuffle(&mut files);
                for files in files.chunks(FILES_A_STATEMENT) {
                    let transaction = uploads.database.transaction(pools, caller).await;
                    let done = execute(
                        &transaction,
                        statement,
                        [
                            files.iter().map(|file| file.0).collect::<Vec<_>>().into(),
                            files.iter().map(|file| file.1).collect::<Vec<_>>().into(),
                            texts(&files.iter().map(|file| file.2).collect::<Vec<_>>()),
                            uploads.projects[0].into(),
                        ],
                    )
                    .await;
                    assert_eq!(done, Ok(u64::try_from(FILES_A_STATEMENT).unwrap()));
                    transaction.commit().await.unwrap();
                }
            }
        }
    };
    // Each on its own connection; a deadlock or a wrong count of rows ends the test.
    let [a, b, c, d, e, f, g, h] = std::array::from_fn::<_, TASKS, _>(work);
    tokio::join!(a, b, c, d, e, f, g, h);
    uploads.assert_exact("everybody reported").await;
    let mut files = 0;
    for session in uploads.sessions {
        let counters = uploads.counters(session).await;
        assert!(counters.iter().all(|&counter| counter > 0), "{counters:?}");
        files += counters[0];
    }
    assert_eq!(files, i64::try_from(TASKS * FILES).unwrap());
}

/// The superuser needs no tenant to change a file; the counters must not need one either.
#[tokio::test]
async fn files_are_counted_whatever_tenant_is_set() {
    let uploads = Uploads::new().await;
    uploads.add_files(uploads.sessions[0], &STATUSES).await;
    for setting in [String::new(), Uuid::now_v7().to_string()] {
        let transaction = uploads.superuser.begin().await.unwrap();
        transaction
            .execute_unprepared(&format!("SET LOCAL app.organization_id = '{setting}'"))
            .await
            .unwrap();
        execute(
            &transaction,
            "UPDATE file_uploads SET status = 'completed'",
            [],
        )
        .await
        .unwrap();
        transaction.commit().await.unwrap();
        uploads
            .assert_exact(&format!("the tenant was '{setting}'"))
            .await;
    }
}
