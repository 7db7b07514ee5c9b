//! The connections that compiled queries are read through, and what may happen to them: sessions that end, statements that wait, clients
//! that leave, columns that change, and every way to sign in.

mod faults;
mod secure;
mod sessions;
mod sign_in;
mod statements;

use fieldgraph::settings::Settings;
use serde_json::{Value, json};
use support::{Answer, Statements};

use crate::graph::bench::{Bench, eventually};

/// A bench whose statements are watched: an answer may be asked for by which way it came.
struct Watched {
    bench: Bench,
    statements: Statements,
}

impl Watched {
    async fn northwind() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self {
            statements: Statements::watch(),
            bench: Bench::with("northwind", "admin", change).await,
        }
    }

    /// The answer, and whether it came by compiled statements alone.
    async fn ask(&self, document: &str) -> (Answer, bool) {
        self.statements.take();
        let answer = self.bench.ask(document).await;
        let asked = self.statements.take_asked();
        let straight = !asked.is_empty() && asked.iter().all(|asked| asked.straight);
        (answer, straight)
    }

    /// What was asked for, by compiled statements alone.
    async fn read(&self, document: &str) -> Value {
        let (answer, straight) = self.ask(document).await;
        let data = answer.data().clone();
        assert!(straight, "left to the resolvers: {document}");
        data
    }

    /// A request that is under way.
    fn send(&self, document: &str) -> tokio::task::JoinHandle<Answer> {
        let request = self
            .bench
            .gateway
            .request(reqwest::Method::POST, "/graphql")
            .header("Accept", "application/graphql-response+json")
            .bearer_auth(&self.bench.token)
            .json(&json!({ "query": document }));
        tokio::spawn(Answer::of(request))
    }

    /// The sessions of the gateway, by their processes.
    async fn sessions(&self) -> Vec<i32> {
        self.sessions_that("true").await
    }

    async fn sessions_that(&self, condition: &str) -> Vec<i32> {
        let sql = format!(
            "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'fieldgraph' AND {condition} ORDER BY pid",
            self.bench.database.name()
        );
        support::column(&self.bench.superuser, &sql).await
    }

    async fn end_sessions(&self, condition: &str) {
        for process in self.sessions_that(condition).await {
            self.bench
                .arrange(&format!("SELECT pg_terminate_backend({process}, 5000)"))
                .await;
        }
    }
}
