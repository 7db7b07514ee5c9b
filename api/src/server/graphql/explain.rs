//! The header `Fieldgraph-Explain`: whoever sends the operator's key in it sees, in `extensions.explain`, which statements an
//! operation sent, what they cost, and by which plans PostgreSQL answered them.

use async_graphql::Value;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::response::Answer;
use crate::core::{Error, ErrorCode};
use crate::database::{Journal, Sent};
use crate::server::App;
use crate::server::refusal::Refusal;

/// Where the key is read.
pub(in crate::server) const HEADER: &str = "fieldgraph-explain";

/// What stands in an answer's extensions.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explanation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u64>,
    total_milliseconds: f64,
    statements: Vec<Statement<'a>>,
}

#[derive(Serialize)]
struct Statement<'a> {
    statement: &'a str,
    round: u32,
    rows: Option<usize>,
    milliseconds: Option<f64>,
    plan: Option<&'a RawValue>,
}

impl<'a> From<&'a Sent> for Statement<'a> {
    fn from(sent: &'a Sent) -> Self {
        Self {
            statement: &sent.sql,
            round: sent.round,
            rows: sent.rows,
            milliseconds: sent.time.map(|time| time.as_secs_f64() * 1000.0),
            plan: sent.plan.as_deref(),
        }
    }
}

/// Whether the sender wants plans, and may have them.
pub(super) fn is_asked(app: &App, headers: &HeaderMap) -> Result<bool, Refusal> {
    let mut sent = headers.get_all(HEADER).iter();
    let Some(key) = sent.next() else {
        return Ok(false);
    };
    let Some(expected) = &app.explain_key else {
        return Err(forbidden(
            "nobody may see plans here: Fieldgraph-Explain needs a gateway with FIELDGRAPH_EXPLAIN_KEY",
        ));
    };
    // Of one length, whatever was sent: how long the comparison takes tells nothing.
    let is_right = Sha256::digest(key.as_bytes())
        .ct_eq(&Sha256::digest(expected.expose()))
        .into();
    if is_right && sent.next().is_none() {
        Ok(true)
    } else {
        Err(forbidden(
            "the key in Fieldgraph-Explain is not this gateway's: send its FIELDGRAPH_EXPLAIN_KEY, or leave the header out",
        ))
    }
}

/// Adds to an answer what was asked of the database for it, since a moment.
pub(super) fn explain(
    answer: Answer,
    journals: &[Journal],
    cost: Option<u64>,
    since: Instant,
) -> Result<Answer, Error> {
    let explaining = journals.iter().map(Journal::explaining).sum();
    let sent: Vec<_> = journals.iter().flat_map(Journal::sent).collect();
    let explanation = Explanation {
        cost,
        total_milliseconds: since.elapsed().saturating_sub(explaining).as_secs_f64() * 1000.0,
        statements: sent.iter().map(Statement::from).collect(),
    };
    let written = serde_json::to_vec(&explanation).map_err(Error::internal)?;
    // Keeps the order of the plans' fields.
    let value: Value = serde_json::from_slice(&written).map_err(Error::internal)?;
    answer
        .with_extension("explain", value)
        .map_err(Error::internal)
}

fn forbidden(message: &str) -> Refusal {
    Refusal::request(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message)
}
