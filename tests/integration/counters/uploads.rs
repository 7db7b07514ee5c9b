//! Uploads to count, and the count again.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait, Value};
use support::{TestDatabase, column, execute, rows};
use uuid::Uuid;

/// One organization with two projects, and three sessions in the first.
pub struct Uploads {
    pub database: TestDatabase,
    pub superuser: DatabaseConnection,
    pub owner: DatabaseConnection,
    pub organization: Uuid,
    pub projects: [Uuid; 2],
    pub sessions: [Uuid; 3],
}

const PREPARE: &str = "
  INSERT INTO organizations (id, name, slug) VALUES ('ORGANIZATION', 'Uploaders', 'uploaders');
  INSERT INTO projects (id, organization_id, name) VALUES ('PROJECT-0', 'ORGANIZATION', 'Bridge'), ('PROJECT-1', 'ORGANIZATION', 'Tunnel');
  INSERT INTO sync_sessions (id, organization_id, project_id)
  VALUES ('SESSION-0', 'ORGANIZATION', 'PROJECT-0'), ('SESSION-1', 'ORGANIZATION', 'PROJECT-0'), ('SESSION-2', 'ORGANIZATION', 'PROJECT-0');";

const ANY_WAY: &str = "
  ALTER TABLE file_uploads DISABLE TRIGGER check_status;
  ALTER TABLE file_uploads DISABLE TRIGGER keep_done;";

pub const STATUSES: [&str; 5] = ["pending", "uploading", "completed", "failed", "skipped"];

impl Uploads {
    pub async fn new() -> Self {
        let database = TestDatabase::migrated().await;
        let superuser = database.superuser().await;
        let organization = Uuid::now_v7();
        let projects = [(); 2].map(|()| Uuid::now_v7());
        let sessions = [(); 3].map(|()| Uuid::now_v7());
        let mut prepare = PREPARE.replace("ORGANIZATION", &organization.to_string());
        for (place, ids) in [("PROJECT", &projects[..]), ("SESSION", &sessions[..])] {
            for (index, id) in ids.iter().enumerate() {
                prepare = prepare.replace(&format!("{place}-{index}"), &id.to_string());
            }
        }
        superuser.execute_unprepared(&prepare).await.unwrap();
        // Which way a file may go is another rule; the counters are right whichever it goes.
        superuser.execute_unprepared(ANY_WAY).await.unwrap();
        Self {
            owner: database.owner().await,
            superuser,
            database,
            organization,
            projects,
            sessions,
        }
    }

    /// A transaction of the owner for the organization: the counters are the database's work, not the gateway's.
    pub async fn transaction(&self) -> DatabaseTransaction {
        begin(&self.owner, self.organization).await
    }

    /// Does something, and sees that the counters are still true.
    pub async fn run(&self, statement: &str, values: impl IntoIterator<Item = Value>) -> u64 {
        let transaction = self.transaction().await;
        let changed = execute(&transaction, statement, values)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        transaction.commit().await.unwrap();
        self.assert_exact(statement).await;
        changed
    }

    /// Inserts files with these statuses into a session; their sizes are 1, 2, 3, …
    pub async fn add_files(&self, session: Uuid, statuses: &[&str]) {
        let added = self
            .run(
                "INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, status)
                 SELECT session.organization_id, session.project_id, session.id, gen_random_uuid(), 'key', position, file.status
                 FROM sync_sessions session, unnest($2::text[]) WITH ORDINALITY AS file (status, position) WHERE session.id = $1",
                [session.into(), texts(statuses)],
            )
            .await;
        assert_eq!(added, u64::try_from(statuses.len()).unwrap());
    }

    /// The counters of a session as they stand: files, uploaded, failed, skipped, size, uploaded size.
    pub async fn counters(&self, session: Uuid) -> [i64; 6] {
        let counters = rows(
            &self.superuser,
            &format!(
                "SELECT total_files::bigint, files_uploaded::bigint, files_failed::bigint, files_skipped::bigint, total_size_bytes, uploaded_size_bytes
                 FROM sync_sessions WHERE id = '{session}'"
            ),
        )
        .await;
        std::array::from_fn(|index| counters[0].try_get_by_index(index).unwrap())
    }

    /// Counts the files again, and compares.
    pub async fn assert_exact(&self, after: &str) {
        let wrong: Vec<String> = column(
            &self.superuser,
            "SELECT format('%s says %s, its files say %s', session.id, said, counted)
             FROM sync_sessions session
             CROSS JOIN LATERAL (SELECT ROW(total_files::bigint, files_uploaded::bigint, files_failed::bigint, files_skipped::bigint,
               total_size_bytes::numeric, uploaded_size_bytes::numeric)::text) AS told (said)
             CROSS JOIN LATERAL (
               SELECT ROW(count(*), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'),
                 count(*) FILTER (WHERE status = 'skipped'), coalesce(sum(file_size_bytes), 0),
                 coalesce(sum(file_size_bytes) FILTER (WHERE status = 'completed'), 0))::text
               FROM file_uploads file WHERE file.organization_id = session.organization_id AND file.session_id = session.id
             ) AS recount (counted)
             WHERE said <> counted",
        )
        .await;
        assert!(wrong.is_empty(), "after {after}: {}", wrong.join("; "));
    }
}

pub async fn begin(connection: &DatabaseConnection, organization: Uuid) -> DatabaseTransaction {
    let transaction = connection.begin().await.unwrap();
    transaction
        .execute_unprepared(&format!("SET LOCAL app.organization_id = '{organization}'"))
        .await
        .unwrap();
    transaction
}

pub fn texts(texts: &[&str]) -> Value {
    texts
        .iter()
        .map(|&text| text.to_owned())
        .collect::<Vec<_>>()
        .into()
}
