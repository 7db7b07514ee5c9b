//! A gateway over the demo, somebody's token, and the superuser who sees what really is there.

use std::time::Duration;

use fieldgraph::settings::Settings;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use support::{Answer, Gateway, TestDatabase, execute};

/// A gateway over the demo data, asked by one caller.
pub struct Bench {
    pub gateway: Gateway,
    /// The caller's.
    pub token: String,
    pub superuser: DatabaseConnection,
    pub database: TestDatabase,
}

impl Bench {
    /// Asked by northwind's admin, who sees all of it.
    pub async fn northwind() -> Self {
        Self::of("northwind", "admin").await
    }

    /// Asked by somebody of an organization.
    pub async fn of(organization: &str, person: &str) -> Self {
        Self::with(organization, person, |_| {}).await
    }

    /// The same, with settings of the test.
    pub async fn with(
        organization: &str,
        person: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let database = TestDatabase::demo().await;
        let gateway = Gateway::start_with(&database, change).await;
        let token = gateway
            .token(organization, &format!("{person}@{organization}.example"))
            .await;
        Self {
            gateway,
            token,
            superuser: database.superuser().await,
            database,
        }
    }

    /// Asks without variables.
    pub async fn ask(&self, document: &str) -> Answer {
        self.gateway.query(&self.token, document, json!({})).await
    }

    /// Asks with variables.
    pub async fn ask_with(&self, document: &str, variables: Value) -> Answer {
        self.gateway.query(&self.token, document, variables).await
    }

    /// What was asked for; panics where there is an error.
    pub async fn data(&self, document: &str, variables: Value) -> Value {
        self.ask_with(document, variables).await.data().clone()
    }

    /// Changes rows as the superuser.
    pub async fn arrange(&self, sql: &str) -> u64 {
        execute(&self.superuser, sql, [])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Adds photos to a project; `n` is the number of each, `created_at` an expression over it.
    pub async fn add_photos(&self, project: &str, prefix: &str, number: u32, created_at: &str) {
        self.arrange(&format!(
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, status, uploaded_at, created_at, updated_at)
             SELECT organization_id, id, manager_id, 's3://bucket/' || n, '{prefix}' || n, 'stored', now(), {created_at}, now()
             FROM projects, generate_series(1, {number}) AS n WHERE name = '{project}'"
        ))
        .await;
    }
}

/// The strings at `field` of each of the nodes of a list.
pub fn each(connection: &Value, field: &str) -> Vec<String> {
    connection["nodes"]
        .as_array()
        .unwrap_or_else(|| panic!("nodes were expected: {connection}"))
        .iter()
        .map(|node| node[field].as_str().expect("a text").to_owned())
        .collect()
}

/// Asks again until it is so; what never becomes so is named.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came about: {what}");
}

impl Bench {
    /// Waits until so many statements of the gateway run in PostgreSQL; with `waiting`, until so many wait for a lock.
    pub async fn running(&self, number: i64, waiting: bool) {
        let lock = if waiting {
            "AND wait_event_type = 'Lock'"
        } else {
            ""
        };
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'fieldgraph' AND state = 'active' {lock}",
            self.database.name()
        );
        eventually(
            &format!("{number} statements, waiting: {waiting}"),
            async || support::value::<i64, _>(&self.superuser, &sql).await == number,
        )
        .await;
    }
}
