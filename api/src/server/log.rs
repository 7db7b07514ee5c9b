//! One line in the log for each request to the graph, and its numbers for the metrics: also of one whose client went away.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use uuid::Uuid;

use super::metrics;
use crate::database::{Journal, Repeated, Sent};

/// Of a slow request no more statements are logged, and none of them further.
const MOST_STATEMENTS: usize = 20;
const LONGEST_STATEMENT: usize = 2_000;

/// What is known of a request so far. Written down when it ends, or when it is dropped because nobody waits for it any more.
pub(super) struct Record {
    id: String,
    began: Instant,
    slow: Option<Duration>,
    operations: u32,
    names: String,
    kind: &'static str,
    cost: u64,
    journals: Vec<Journal>,
    organization: Option<Uuid>,
    codes: BTreeSet<String>,
    status: Option<StatusCode>,
}

impl Record {
    /// Of a request whose statements are logged too if it takes longer than `slow`.
    pub(super) fn begin(id: &str, slow: Option<Duration>) -> Self {
        metrics::in_flight(1.0);
        Self {
            id: id.to_owned(),
            began: Instant::now(),
            slow,
            operations: 0,
            names: String::new(),
            kind: "none",
            cost: 0,
            journals: Vec::new(),
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

    /// A journal for what is asked of the database next.
    pub(super) fn journal(&mut self, explains: bool) -> Journal {
        let journal = Journal::new(explains);
        self.journals.push(journal.clone());
        journal
    }

    /// What was asked of the database, apart for each operation and each way to its answer.
    pub(super) fn journals(&self) -> &[Journal] {
        &self.journals
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
        let statements = self.journals.iter().map(Journal::statements).sum();
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
            statements,
            milliseconds = milliseconds(duration),
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
            metrics::work(self.kind, self.cost, statements);
        }
        if self.slow.is_some_and(|slow| duration >= slow) {
            self.tell_slow(duration);
        }
        self.tell_repeated();
        for code in &self.codes {
            metrics::error(code);
        }
    }
}

impl Record {
    fn tell_slow(&self, duration: Duration) {
        let sent: Vec<_> = self.journals.iter().flat_map(Journal::sent).collect();
        let statements: Vec<_> = sent.iter().take(MOST_STATEMENTS).map(told).collect();
        tracing::warn!(
            request = %self.id,
            operation = %self.names,
            milliseconds = milliseconds(duration),
            not_shown = sent.len() - statements.len(),
            statements = ?statements,
            "slow"
        );
    }

    fn tell_repeated(&self) {
        let repeated: Vec<Repeated> = self.journals.iter().filter_map(Journal::repeated).collect();
        if let Some(worst) = repeated.iter().max_by_key(|repeated| repeated.times) {
            tracing::warn!(
                request = %self.id,
                operation = %self.names,
                statement = shortened(&worst.sql),
                times = worst.times,
                "a statement was repeated"
            );
            metrics::repeated(repeated.iter().map(|repeated| repeated.needless).sum());
        }
    }
}

fn told(sent: &Sent) -> String {
    let sql = shortened(&sent.sql);
    match (sent.rows, sent.time) {
        (Some(rows), Some(time)) => format!("{rows} rows, {:.1} ms: {sql}", milliseconds(time)),
        _ => format!("not answered: {sql}"),
    }
}

fn shortened(sql: &str) -> &str {
    &sql[..sql.floor_char_boundary(LONGEST_STATEMENT)]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
