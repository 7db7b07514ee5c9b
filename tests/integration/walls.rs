//! Who sees and changes which rows: every table, every verb, every kind of caller.

mod actors;
mod catalogue;
mod demo;
mod edges;
mod matrix;
mod moves;
mod policies;

use sea_orm::{DbErr, QueryResult};
use support::refusal;

/// How PostgreSQL answered an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer<T> {
    /// It did what was asked.
    Done(T),
    /// The role has no such privilege.
    Forbidden,
    /// The row is behind the wall.
    Walled,
    /// Refused for another reason: its SQLSTATE and constraint.
    Refused(String, String),
}

impl<T> From<Result<T, DbErr>> for Answer<T> {
    fn from(result: Result<T, DbErr>) -> Self {
        let error = match result {
            Ok(done) => return Self::Done(done),
            Err(error) => error,
        };
        let refusal = refusal(&error);
        match (refusal.code.as_str(), error.to_string()) {
            ("42501", message) if message.contains("row-level security policy") => Self::Walled,
            ("42501", message) if message.contains("permission denied") => Self::Forbidden,
            _ => Self::Refused(refusal.code, refusal.constraint),
        }
    }
}

/// The first column of every row.
fn texts(rows: &[QueryResult]) -> Vec<String> {
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}
