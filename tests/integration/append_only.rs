//! The two logs are written once: nobody changes a row, and only the end of the organization takes them away.

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use support::{Refusal, TestDatabase, execute, refusal, value};
use uuid::Uuid;

const LOGS: [&str; 2] = ["audit_logs", "query_logs"];

struct Logs {
    database: TestDatabase,
    superuser: DatabaseConnection,
    organization: Uuid,
}

impl Logs {
    async fn new() -> Self {
        let database = TestDatabase::demo().await;
        let superuser = database.superuser().await;
        let organization = value(
            &superuser,
            "SELECT id FROM organizations WHERE slug = 'northwind'",
        )
        .await;
        let logs = Self {
            database,
            superuser,
            organization,
        };
        for log in LOGS {
            assert!(logs.count(log).await > 0, "the demo has {log}");
        }
        logs
    }

    /// How many rows the organization has in a table.
    async fn count(&self, table: &str) -> i64 {
        let organization = self.organization;
        value(
            &self.superuser,
            &format!("SELECT count(*) FROM {table} WHERE organization_id = '{organization}'"),
        )
        .await
    }

    /// All rows of a table, whoever's.
    async fn content(&self, table: &str) -> String {
        value(
            &self.superuser,
            &format!("SELECT md5(string_agg(log::text, ' ' ORDER BY id)) FROM {table} log"),
        )
        .await
    }

    /// What is said to somebody who sees the rows of the organization.
    async fn refused(&self, connection: &DatabaseConnection, statement: &str) -> Refusal {
        let transaction = connection.begin().await.unwrap();
        let setting = format!("SET LOCAL app.organization_id = '{}'", self.organization);
        transaction.execute_unprepared(&setting).await.unwrap();
        let error = execute(&transaction, statement, [])
            .await
            .expect_err(statement);
        refusal(&error)
    }
}

#[tokio::test]
async fn neither_the_owner_nor_the_superuser_changes_a_log() {
    let logs = Logs::new().await;
    let owner = logs.database.owner().await;
    for log in LOGS {
        let before = logs.content(log).await;
        let expected = Refusal {
            code: "23001".to_owned(),
            constraint: format!("{log}_append_only"),
        };
        for connection in [&owner, &logs.superuser] {
            for statement in [
                format!("UPDATE {log} SET created_at = created_at"),
                format!(
                    "UPDATE {log} SET created_at = now() WHERE organization_id = '{}'",
                    logs.organization
                ),
                format!("DELETE FROM {log}"),
                format!("DELETE FROM {log} WHERE created_at < now()"),
                format!(
                    "INSERT INTO {log} SELECT * FROM {log} ON CONFLICT (organization_id, id) DO UPDATE SET created_at = now()"
                ),
                format!(
                    "MERGE INTO {log} USING {log} same ON same.id = {log}.id WHEN MATCHED THEN DELETE"
                ),
                format!("TRUNCATE {log}"),
                format!("TRUNCATE {log} CASCADE"),
            ] {
                assert_eq!(
                    logs.refused(connection, &statement).await,
                    expected,
                    "{statement}"
                );
            }
        }
        assert_eq!(logs.content(log).await, before);
    }
}

#[tokio::test]
async fn an_owner_without_a_tenant_changes_nothing_either() {
    let logs = Logs::new().await;
    let owner = logs.database.owner().await;
    for log in LOGS {
        for statement in [
            format!("UPDATE {log} SET created_at = created_at"),
            format!("DELETE FROM {log}"),
        ] {
            let changed = execute(&owner, &statement, []).await.unwrap();
            assert_eq!(changed, 0, "{statement}");
        }
        let error = execute(&owner, &format!("TRUNCATE {log}"), [])
            .await
            .expect_err("a refusal");
        assert_eq!(refusal(&error).constraint, format!("{log}_append_only"));
    }
}

#[tokio::test]
async fn a_truncate_of_everything_stops_at_the_logs() {
    let logs = Logs::new().await;
    let owner = logs.database.owner().await;
    let before = (
        logs.content("audit_logs").await,
        logs.content("query_logs").await,
    );
    // What is counted refuses it too, and may be asked first.
    logs.superuser
        .execute_unprepared(
            "DROP FUNCTION refuse_truncate CASCADE; DROP FUNCTION file_uploads_refuse_truncate CASCADE",
        )
        .await
        .unwrap();
    for connection in [&owner, &logs.superuser] {
        for statement in [
            "TRUNCATE organizations CASCADE",
            "TRUNCATE users, organizations CASCADE",
        ] {
            let refusal = logs.refused(connection, statement).await;
            assert_eq!(refusal.code, "23001", "{statement}");
            assert!(
                LOGS.iter()
                    .any(|log| refusal.constraint == format!("{log}_append_only")),
                "{statement}: {refusal:?}"
            );
        }
    }
    assert_eq!(
        (
            logs.content("audit_logs").await,
            logs.content("query_logs").await
        ),
        before
    );
}

#[tokio::test]
async fn deleting_an_organization_takes_its_logs_along_and_leaves_those_of_others() {
    for by_owner in [true, false] {
        let logs = Logs::new().await;
        let connection = if by_owner {
            logs.database.owner().await
        } else {
            logs.superuser.clone()
        };
        let others = |log: &'static str| {
            let superuser = &logs.superuser;
            let organization = logs.organization;
            async move {
                let sql =
                    format!("SELECT count(*) FROM {log} WHERE organization_id <> '{organization}'");
                value::<i64, _>(superuser, &sql).await
            }
        };
        let before = (others("audit_logs").await, others("query_logs").await);
        assert!(before.0 > 0 && before.1 > 0, "{before:?}");
        let deleted = execute(
            &connection,
            "DELETE FROM organizations WHERE id = $1",
            [logs.organization.into()],
        )
        .await
        .unwrap();
        assert_eq!(deleted, 1);
        for log in LOGS {
            assert_eq!(logs.count(log).await, 0, "{log}");
        }
        assert_eq!(
            (others("audit_logs").await, others("query_logs").await),
            before
        );
    }
}

#[tokio::test]
async fn deleting_a_user_keeps_what_the_logs_say_of_them() {
    let logs = Logs::new().await;
    let organization = logs.organization;
    let user: Uuid = value(
        &logs.superuser,
        &format!(
            "INSERT INTO users (organization_id, email, username) VALUES ('{organization}', 'leaving@leaving.test', 'leaving') RETURNING id"
        ),
    )
    .await;
    for statement in [
        "INSERT INTO audit_logs (organization_id, actor_id, action, resource_type) VALUES ($1, $2, 'left', 'user')",
        "INSERT INTO query_logs (organization_id, user_id, query_text) VALUES ($1, $2, 'How do I leave?')",
        "DELETE FROM users WHERE organization_id = $1 AND id = $2",
    ] {
        let done = execute(
            &logs.superuser,
            statement,
            [organization.into(), user.into()],
        )
        .await;
        assert_eq!(done, Ok(1), "{statement}");
    }
    for (log, person) in [("audit_logs", "actor_id"), ("query_logs", "user_id")] {
        let kept: i64 = value(
            &logs.superuser,
            &format!("SELECT count(*) FROM {log} WHERE {person} = '{user}'"),
        )
        .await;
        assert_eq!(kept, 1, "{log}");
    }
}
