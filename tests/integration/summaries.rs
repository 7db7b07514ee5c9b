//! The two summaries against figures counted by hand, on data where a join of sessions and cycles counts too much.

use fieldgraph::database::{DatabaseRole, GatewayPools};
use sea_orm::ConnectionTrait;
use support::{Caller, TestDatabase, rows, value};
use uuid::Uuid;

/// Bridge: three cycles and four sessions (a join of both would make twelve rows of it); two sessions are in the first
/// cycle, one in the second, none in the third, and one is outside of cycles. Tunnel: in the bin. Meadow: nothing.
/// Quay: a session and no cycle. Ridge: a cycle and no session.
const PREPARE: &str = "
  INSERT INTO organizations (name, slug) VALUES ('Surveyors', 'surveyors'), ('Others', 'others');
  INSERT INTO projects (organization_id, name, deleted_at)
  SELECT organization.id, project.name, project.deleted_at::timestamptz
  FROM organizations organization,
    (VALUES ('Bridge', NULL), ('Tunnel', '2026-11-01'), ('Meadow', NULL), ('Quay', NULL), ('Ridge', NULL)) AS project (name, deleted_at);
  INSERT INTO cycles (organization_id, project_id, cycle_name, cycle_number, s3_prefix)
  SELECT project.organization_id, project.id, cycle.name, cycle.number, cycle.name
  FROM projects project JOIN
    (VALUES ('Bridge', 'Spring', 1), ('Bridge', 'Summer', 2), ('Bridge', 'Autumn', 3), ('Tunnel', 'Gone', 1), ('Ridge', 'Lonely', 1))
    AS cycle (project, name, number) ON cycle.project = project.name;
  INSERT INTO sync_sessions (organization_id, project_id, cycle_id, s3_prefix)
  SELECT project.organization_id, project.id, cycle.id, session.name
  FROM projects project JOIN
    (VALUES ('Bridge', 'Spring', 'a'), ('Bridge', 'Spring', 'b'), ('Bridge', 'Summer', 'c'), ('Bridge', NULL, 'd'), ('Tunnel', 'Gone', 'e'), ('Quay', NULL, 'f'))
    AS session (project, cycle, name) ON session.project = project.name
  LEFT JOIN cycles cycle ON cycle.project_id = project.id AND cycle.cycle_name = session.cycle;";

const FILES: &str = "
  INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, status)
  SELECT session.organization_id, session.project_id, session.id, gen_random_uuid(), 'x', file.size, file.status
  FROM sync_sessions session JOIN (VALUES
    ('a', 100, 'completed'), ('a', 200, 'completed'), ('a', 30, 'failed'),
    ('b', 1000, 'completed'), ('b', 4, 'skipped'), ('b', NULL, 'pending'),
    ('c', 7, 'uploading'),
    ('d', 50000, 'completed'), ('e', 9, 'completed'), ('f', 8, 'completed')
  ) AS file (session, size, status) ON file.session = session.s3_prefix
  WHERE session.organization_id = current_setting('app.organization_id')::uuid;";

/// The views as an admin of the organization sees them.
struct Summaries {
    database: TestDatabase,
    pools: GatewayPools,
    organization: Uuid,
}

impl Summaries {
    async fn new() -> Self {
        let database = TestDatabase::migrated().await;
        let superuser = database.superuser().await;
        superuser.execute_unprepared(PREPARE).await.unwrap();
        for slug in ["surveyors", "others"] {
            let organization: Uuid = value(
                &superuser,
                &format!("SELECT id FROM organizations WHERE slug = '{slug}'"),
            )
            .await;
            let setting = format!("SET LOCAL app.organization_id = '{organization}';");
            superuser
                .execute_unprepared(&(setting + FILES))
                .await
                .unwrap();
        }
        Self {
            pools: database.gateway(),
            organization: value(
                &superuser,
                "SELECT id FROM organizations WHERE slug = 'surveyors'",
            )
            .await,
            database,
        }
    }

    /// A name and the numbers beside it, in the order of the names.
    async fn read<const N: usize>(
        &self,
        view: &str,
        name: &str,
        numbers: &str,
    ) -> Vec<(String, [i64; N])> {
        let caller = Caller {
            role: DatabaseRole::Admin,
            organization: Some(self.organization),
            user: None,
        };
        let transaction = self.database.transaction(&self.pools, caller).await;
        rows(
            &transaction,
            &format!("SELECT {name}, {numbers} FROM {view} ORDER BY 1"),
        )
        .await
        .iter()
        .map(|row| {
            let numbers = std::array::from_fn(|index| row.try_get_by_index(index + 1).unwrap());
            (row.try_get_by_index(0).unwrap(), numbers)
        })
        .collect()
    }
}

fn named<const N: usize>(expected: &[(&str, [i64; N])]) -> Vec<(String, [i64; N])> {
    expected
        .iter()
        .map(|(name, numbers)| ((*name).to_owned(), *numbers))
        .collect()
}

#[tokio::test]
async fn a_project_counts_each_cycle_and_each_session_once() {
    let summaries = Summaries::new().await;
    assert_eq!(
        summaries
            .read(
                "project_summaries",
                "project_name",
                "total_cycles, total_sessions"
            )
            .await,
        named(&[
            ("Bridge", [3, 4]),
            ("Meadow", [0, 0]),
            ("Quay", [0, 1]),
            ("Ridge", [1, 0]),
        ])
    );
}

#[tokio::test]
async fn a_cycle_sums_its_own_sessions_and_no_other() {
    let summaries = Summaries::new().await;
    assert_eq!(
        summaries
            .read(
                "cycle_summaries",
                "cycle_name",
                "total_sessions, total_files, files_uploaded, files_failed, files_skipped, total_size_bytes, uploaded_size_bytes"
            )
            .await,
        named(&[
            ("Autumn", [0, 0, 0, 0, 0, 0, 0]),
            ("Lonely", [0, 0, 0, 0, 0, 0, 0]),
            ("Spring", [2, 6, 3, 1, 1, 1334, 1300]),
            ("Summer", [1, 1, 0, 0, 0, 7, 0]),
        ])
    );
}

/// What the figures above would not show if the data were too simple for it.
#[tokio::test]
async fn a_join_of_cycles_and_sessions_would_count_too_much() {
    let summaries = Summaries::new().await;
    let caller = Caller {
        role: DatabaseRole::Admin,
        organization: Some(summaries.organization),
        user: None,
    };
    let transaction = summaries
        .database
        .transaction(&summaries.pools, caller)
        .await;
    let joined: i64 = value(
        &transaction,
        "SELECT count(*) FROM projects project
         LEFT JOIN cycles ON cycles.project_id = project.id
         LEFT JOIN sync_sessions session ON session.project_id = project.id
         WHERE project.name = 'Bridge'",
    )
    .await;
    assert_eq!(joined, 12);
}

#[tokio::test]
async fn a_project_that_comes_back_from_the_bin_is_summed_again() {
    let summaries = Summaries::new().await;
    let superuser = summaries.database.superuser().await;
    superuser
        .execute_unprepared("UPDATE projects SET deleted_at = NULL WHERE name = 'Tunnel'")
        .await
        .unwrap();
    let projects = summaries
        .read(
            "project_summaries",
            "project_name",
            "total_cycles, total_sessions",
        )
        .await;
    assert_eq!(projects.last(), named(&[("Tunnel", [1, 1])]).last());
    let cycles = summaries
        .read(
            "cycle_summaries",
            "cycle_name",
            "total_sessions, total_size_bytes",
        )
        .await;
    assert!(cycles.contains(&("Gone".to_owned(), [1, 9])), "{cycles:?}");
}
