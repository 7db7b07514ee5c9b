//! `/metrics`: what Prometheus collects. The numbers are those of the process, whatever servers it has.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::App;
use crate::database::DatabaseRole;

const REQUESTS: &str = "fieldgraph_requests_total";
const IN_FLIGHT: &str = "fieldgraph_requests_in_flight";
const DURATION: &str = "fieldgraph_request_duration_seconds";
const COST: &str = "fieldgraph_operation_cost_rows";
const STATEMENTS: &str = "fieldgraph_operation_statements";
const REPEATED: &str = "fieldgraph_repeated_statements_total";
const ERRORS: &str = "fieldgraph_errors_total";
const CONNECTIONS: &str = "fieldgraph_database_connections";

/// From a cached document without rows to the time limit.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
const ROWS: &[f64] = &[1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0];
const COUNTS: &[f64] = &[0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 50.0];

/// Where the numbers are kept; none if something else of this process collects them already.
static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to collect. Later calls change nothing.
pub(super) fn start() {
    HANDLE.get_or_init(|| match recorder() {
        Ok(handle) => handle,
        Err(error) => {
            tracing::warn!(%error, "no metrics are collected");
            None
        }
    });
}

fn recorder() -> Result<Option<PrometheusHandle>, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Full(COST.to_owned()), ROWS)?
        .set_buckets_for_metric(Matcher::Full(STATEMENTS.to_owned()), COUNTS)?
        .build_recorder();
    let handle = recorder.handle();
    if ::metrics::set_global_recorder(recorder).is_err() {
        return Ok(None);
    }
    describe_counter!(
        REQUESTS,
        "Requests to the graph, by kind and status; gone where the client did not wait"
    );
    describe_gauge!(IN_FLIGHT, "Requests to the graph that are not answered yet");
    describe_histogram!(DURATION, "Time from a request's head to its answer");
    describe_histogram!(
        COST,
        "Rows that the operations of a request could have touched"
    );
    describe_histogram!(STATEMENTS, "Statements sent to the database for a request");
    describe_counter!(
        REPEATED,
        "Statements that an operation had sent before: each may hide a query for every row of a list"
    );
    describe_counter!(ERRORS, "Requests with an error of this code");
    describe_gauge!(
        CONNECTIONS,
        "Connections to the database, by role and whether they are at work"
    );
    Ok(Some(handle))
}

/// Folds what was measured into the buckets; to be done now and then, or memory grows until somebody asks for the page.
pub(super) fn tidy() {
    if let Some(Some(handle)) = HANDLE.get() {
        handle.run_upkeep();
    }
}

/// The page.
pub(super) async fn page(State(app): State<App>) -> impl IntoResponse {
    for role in [DatabaseRole::Admin, DatabaseRole::Member] {
        let (busy, idle) = app.pools.requests(role).count();
        gauge!(CONNECTIONS, "role" => role.name(), "state" => "idle").set(idle as f64);
        gauge!(CONNECTIONS, "role" => role.name(), "state" => "busy").set(busy as f64);
    }
    let text = match HANDLE.get() {
        Some(Some(handle)) => handle.render(),
        _ => String::new(),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}

pub(super) fn in_flight(change: f64) {
    gauge!(IN_FLIGHT).increment(change);
}

pub(super) fn request(kind: &'static str, status: &str, duration: Duration) {
    counter!(REQUESTS, "kind" => kind, "status" => status.to_owned()).increment(1);
    histogram!(DURATION, "kind" => kind).record(duration);
}

pub(super) fn work(kind: &'static str, cost: u64, statements: u32) {
    // Above 2^53 nobody counts rows one by one.
    histogram!(COST, "kind" => kind).record(cost as f64);
    histogram!(STATEMENTS, "kind" => kind).record(statements);
}

pub(super) fn repeated(statements: u64) {
    counter!(REPEATED).increment(statements);
}

pub(super) fn error(code: &str) {
    counter!(ERRORS, "code" => code.to_owned()).increment(1);
}
