//! PostgreSQL's plans of statements that were just sent on the same connection, with the same values: those by which they were
//! really answered. What leaves this file holds no value.

use std::fmt::Write;
use std::sync::Arc;

use postgres_protocol::escape::escape_literal;
use serde_json::value::RawValue;

use super::connection::{Connection, Round, Statement};
use super::failure::WireFailure;
use super::parameter::Parameter;

/// Whether explaining runs the statement again, to see how long each step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// It does: for what changes nothing.
    Run,
    /// It does not.
    Plan,
}

impl Connection {
    /// The plans of statements of the last round, in its transaction, which ends with the last round.
    pub(super) async fn explain(
        &mut self,
        statements: &[Statement<'_>],
        how: Explain,
        round: Round,
    ) -> Result<Vec<Option<Box<RawValue>>>, WireFailure> {
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(statements.len());
        for statement in statements {
            let name = self.name(statement.sql)?;
            texts.push(text(name, statement, how).into());
        }
        let explains: Vec<_> = texts.iter().map(unparameterized).collect();
        let answered = self.exchange(&explains, round).await;
        // They hold values, and nobody will ask the same again.
        for text in &texts {
            self.forget(text)?;
        }
        Ok(answered?
            .iter()
            .map(|rows| {
                let plan = std::str::from_utf8(rows.value(0, 0)?).ok()?;
                RawValue::from_string(without_values(plan)).ok()
            })
            .collect())
    }
}

/// A prepared statement is explained as what it is: by the plan that is kept for it, where one is.
fn text(name: &str, statement: &Statement<'_>, how: Explain) -> String {
    let mut text = match how {
        Explain::Run => "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ",
        Explain::Plan => "EXPLAIN (FORMAT JSON) EXECUTE ",
    }
    .to_owned();
    text.push_str(name);
    for (index, parameter) in statement.parameters.iter().enumerate() {
        text.push(if index == 0 { '(' } else { ',' });
        match parameter.text() {
            // Of no type of its own, it takes that of the parameter.
            Some(value) => text.push_str(&escape_literal(&value)),
            None => text.push_str("NULL"),
        }
    }
    if !statement.parameters.is_empty() {
        text.push(')');
    }
    text
}

fn unparameterized(sql: &Arc<str>) -> Statement<'_> {
    Statement {
        sql,
        parameters: Vec::new(),
    }
}

impl Parameter {
    /// As PostgreSQL writes it; none for a null.
    fn text(&self) -> Option<String> {
        Some(match self {
            Self::Null(_) => return None,
            Self::Uuid(value) => value.to_string(),
            Self::Uuids(values) => array(values.iter().map(ToString::to_string)),
            Self::Text(value) => value.clone(),
            Self::Texts(values) => array(values.iter().cloned()),
            Self::Reals(values) => array(values.iter().map(ToString::to_string)),
            Self::Int(value) => value.to_string(),
            Self::BigInt(value) => value.to_string(),
            Self::Double(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Time(value) => value.to_rfc3339(),
            Self::Json(value) => value.to_string(),
        })
    }
}

fn array(elements: impl Iterator<Item = String>) -> String {
    let mut text = String::from("{");
    for (index, element) in elements.enumerate() {
        let escaped = element.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a String does not fail.
        let _ = write!(text, "{}\"{escaped}\"", if index == 0 { "" } else { "," });
    }
    text.push('}');
    text
}

/// A plan, with `?` for every constant in its conditions: where PostgreSQL plans for the values, it writes them there.
fn without_values(plan: &str) -> String {
    let mut out = String::with_capacity(plan.len());
    let mut rest = plan.chars().peekable();
    let (mut in_string, mut in_literal) = (false, false);
    while let Some(found) = rest.next() {
        match found {
            // Of JSON: the next character is no end of anything.
            '\\' => {
                let escaped = rest.next();
                if !in_literal {
                    out.push(found);
                    out.extend(escaped);
                }
            }
            '"' => {
                (in_string, in_literal) = (!in_string, false);
                out.push(found);
            }
            // A quote in a literal is written twice: as the end of one and the beginning of another.
            '\'' if in_string => {
                in_literal = !in_literal;
                out.push_str(if in_literal { "'?" } else { "'" });
            }
            _ if in_literal => {}
            '0'..='9' if in_string && begins_number(&out) => {
                while rest
                    .next_if(|next| next.is_ascii_alphanumeric() || *next == '.')
                    .is_some()
                {}
                out.push('?');
            }
            _ => out.push(found),
        }
    }
    out
}

/// Whether a digit behind this is of a number, and not of a name, a parameter or one of PostgreSQL's numbered subplans.
fn begins_number(before: &str) -> bool {
    let is_of_name = before.ends_with(|last: char| last.is_alphanumeric() || "_$".contains(last));
    !is_of_name && !before.ends_with("Plan ")
}
