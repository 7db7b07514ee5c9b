//! What a person can put right: data in a mutation's payload, each with the path of the input field it is about.

use async_graphql::{Enum, SimpleObject};

use super::Json;
use super::error::Error;
use crate::database::Violation;

/// What kind of thing is wrong.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// The value breaks a rule; the message says which.
    Invalid,
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// Another one has this value already, and it must be unique.
    AlreadyExists,
    /// Somebody changed it since `ifUnchangedSince`: read it again and decide anew.
    Conflict,
    /// The thing is in a state that does not allow this.
    State,
    /// Other things still refer to it.
    InUse,
    /// The organization's quota is used up.
    QuotaExceeded,
}

/// Something in the input that a person can put right. Where there is one, nothing was changed.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// What kind of thing is wrong.
    pub code: UserErrorCode,
    /// What is wrong, in a sentence for people.
    pub message: String,
    /// The input field it is about, from `input` on; a number is a position in a list.
    pub path: Vec<String>,
}

/// Why a mutation did not do what it was asked to do.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The input must be put right; every fault that was found.
    User(Vec<UserError>),
    /// Anything else.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl UserError {
    /// One fault of the input; `path` without the leading `input`.
    pub fn new(code: UserErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            path: std::iter::once("input")
                .chain(path.iter().copied())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// There is no such thing, or it is not the caller's to see: the same answer for both.
    pub fn not_found(path: &[&str], what: &str) -> Self {
        Self::new(
            UserErrorCode::NotFound,
            path,
            format!("there is no such {what}"),
        )
    }
}

/// Collects every fault of an input before anything is done.
#[derive(Debug, Default)]
pub struct Faults(Vec<UserError>);

impl Faults {
    /// Notes a fault where the rule does not hold.
    pub fn check(&mut self, holds: bool, path: &[&str], message: &str) {
        if !holds {
            self.add(UserError::new(UserErrorCode::Invalid, path, message));
        }
    }

    /// Notes a fault where a thing is in a state that does not allow this.
    pub fn check_state(&mut self, holds: bool, path: &[&str], message: &str) {
        if !holds {
            self.add(UserError::new(UserErrorCode::State, path, message));
        }
    }

    /// Notes a fault where a thing that the input refers to is not there.
    pub fn there<T>(
        &mut self,
        thing: Result<T, Refusal>,
        path: &[&str],
        what: &str,
    ) -> Result<Option<T>, Refusal> {
        match thing {
            Ok(thing) => Ok(Some(thing)),
            Err(Refusal::User(_)) => {
                self.add(UserError::not_found(path, what));
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Notes a fault where a text is shorter or longer than it may be.
    pub fn length(&mut self, path: &[&str], text: &str, shortest: usize, longest: usize) {
        self.check(
            (shortest..=longest).contains(&text.chars().count()),
            path,
            &format!("this has {shortest} to {longest} characters"),
        );
    }

    /// Notes a fault where free-form JSON is there and is no object.
    pub fn object(&mut self, path: &[&str], json: Option<&Json>) {
        self.check(
            json.is_none_or(|json| json.0.is_object()),
            path,
            "this must be a JSON object",
        );
    }

    /// Notes a fault.
    pub fn add(&mut self, fault: UserError) {
        self.0.push(fault);
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that is wrong, for where something is.
    pub fn refuse<T>(self) -> Result<T, Refusal> {
        Err(Refusal::User(self.0))
    }

    /// Nothing is wrong, or all that is.
    pub fn settle(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::User(self.0))
        }
    }
}

/// A rule of the schema that was violated, as a fault of the input. Constraints are named `<table>_<columns>_<rule>`: the name
/// says which field and what is wrong with it.
pub(super) fn of_constraint(table: &str, violation: &Violation) -> UserError {
    let constraint = violation.constraint.as_str();
    // Rules that triggers of ours keep, about more than a field: their sentences are written for people.
    for (rule, code) in [
        ("_quota", UserErrorCode::QuotaExceeded),
        ("_kept", UserErrorCode::State),
        ("_forward", UserErrorCode::State),
        ("_in_use", UserErrorCode::InUse),
        ("_administrative", UserErrorCode::State),
    ] {
        if constraint.ends_with(rule) {
            return UserError::new(code, &[], violation.message.as_str());
        }
    }
    let (code, columns, message) = match violation.state.as_str() {
        // unique_violation
        "23505" => (
            UserErrorCode::AlreadyExists,
            without(constraint, table, "_key"),
            "another one has this value already",
        ),
        // foreign_key_violation
        "23503" => (
            UserErrorCode::NotFound,
            without(constraint, table, "_fkey"),
            "there is no such thing",
        ),
        // restrict_violation
        "23001" => (
            UserErrorCode::InUse,
            without(constraint, table, "_fkey"),
            "other things still refer to it",
        ),
        _ => {
            let rules = [
                "_length",
                "_format",
                "_known",
                "_positive",
                "_not_negative",
                "_range",
                "_object",
            ];
            let rule = rules
                .into_iter()
                .find(|rule| constraint.ends_with(rule))
                .unwrap_or_default();
            (
                UserErrorCode::Invalid,
                without(constraint, table, rule),
                match rule {
                    "_length" => "this is empty or too long",
                    "_positive" => "this must be greater than 0",
                    "_not_negative" => "this must not be negative",
                    "_range" => "this is out of range",
                    "_object" => "this must be a JSON object",
                    _ => "this is not allowed",
                },
            )
        }
    };
    let field = camel_case(columns);
    let path: &[&str] = if field.is_empty() { &[] } else { &[&field] };
    UserError::new(code, path, message)
}

fn without<'a>(constraint: &'a str, table: &str, rule: &str) -> &'a str {
    let columns = constraint
        .strip_prefix(table)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or_default();
    columns.strip_suffix(rule).unwrap_or(columns)
}

fn camel_case(columns: &str) -> String {
    let mut words = columns.split('_');
    let mut field = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        field.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        field.extend(letters);
    }
    field
}
