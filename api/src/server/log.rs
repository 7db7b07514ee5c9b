//! One line in the log for each request to the graph, and its numbers for the metrics: also of one whose client went away.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::http::StatusCode;
use uuid::Uuid;

use super::metrics;

/// What is known of a request so far. Written down when it ends, or when it is dropped because nobody waits for it any more.
pub(super) struct Record {
    id: String,
    began: Instant,
    operations: u32,
    names: String,
    kind: &'static str,
    cost: u64,
    statements: u32,
    organization: Option<Uuid>,
    codes: BTreeSet<String>,
    status: Option<StatusCode>,
}

impl Record {
    pub(super) fn begin(id: &str) -> Self {
        metrics::in_flight(1.0);
        Self {
            id: id.to_owned(),
            began: Instant::now(),
            operations: 0,
            names: String::new(),
            kind: "none",
            cost: 0,
            statements: 0,
            organization: None,
            codes: BTreeSet::new(),
            status: None,
        }
    }

    /// An operation was found in the request; a batch has several.
    pub(super) fn operation(&mut self, name: Option<&async_graphql::Name>, kind: &'static str) {
        self.operations += 1;
        self.kind = if self.operations > 1 && self.kind != kind {
            "mixed"
        } else {
            kind
        };
        if let Some(name) = name {
            if !self.names.is_empty() {
                self.names.push(' ');
            }
            self.names.push_str(name);
        }
    }

    pub(super) fn cost(&mut self, cost: u64) {
        self.cost = self.cost.saturating_add(cost);
    }

    pub(super) fn statements(&mut self, statements: u32) {
        self.statements += statements;
    }

    pub(super) fn organization(&mut self, organization: Uuid) {
        self.organization = Some(organization);
    }

    pub(super) fn codes<'a>(&mut self, codes: impl Iterator<Item = &'a str>) {
        self.codes.extend(codes.map(str::to_owned));
    }

    /// The request was answered.
    pub(super) fn end(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration = self.began.elapsed();
        let codes = self
            .codes
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        let how = match self.status {
            Some(_) => "answered",
            None if std::thread::panicking() => "failed",
            None => "the client went away",
        };
        tracing::info!(
            request = %self.id,
            operation = %self.names,
            kind = self.kind,
            operations = self.operations,
            cost = self.cost,
            statements = self.statements,
            milliseconds = duration.as_secs_f64() * 1000.0,
            organization = self.organization.map(tracing::field::display),
            status = self.status.map(|status| status.as_u16()),
            codes = %codes,
            "{how}"
        );
        metrics::in_flight(-1.0);
        metrics::request(
            self.kind,
            self.status.as_ref().map_or("gone", StatusCode::as_str),
            duration,
        );
        if self.operations > 0 {
            metrics::work(self.kind, self.cost, self.statements);
        }
        for code in &self.codes {
            metrics::error(code);
        }
    }
}
