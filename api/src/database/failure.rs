//! What a statement of the gateway may fail with, told apart by what a caller can do about it.

use super::wire::WireFailure;

/// A rule of the schema that was violated.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The name of the constraint, which is part of our contract, as `photos_s3_key_key`.
    pub constraint: String,
    /// The five characters of the SQL standard.
    pub state: String,
    /// What was said of it: in PostgreSQL's words, with values of rows, or, where a trigger of ours keeps the rule, in ours.
    pub message: String,
}

/// Why a statement has no answer. What PostgreSQL says of it is for the log.
#[derive(Debug)]
pub enum StatementFailure {
    /// The database is away, or all connections are taken for longer than one waits.
    Away(String),
    /// It ran into its time limit.
    TimedOut,
    /// A value of the request that no column can hold: a NUL in a text, a number beyond its type, a time before all calendars.
    BadValue(String),
    /// A rule of the schema was violated.
    Refused(Violation),
    /// A fault of ours.
    Failed(String),
}

impl From<WireFailure> for StatementFailure {
    fn from(failure: WireFailure) -> Self {
        let reason = failure.to_string();
        if matches!(failure, WireFailure::Unsendable) {
            return Self::BadValue(reason);
        }
        let WireFailure::Refused {
            state,
            message,
            constraint,
        } = failure
        else {
            return Self::Away(reason);
        };
        match (state.as_str(), constraint) {
            // query_canceled
            ("57014", _) => Self::TimedOut,
            // Of class 22 those that a value can bring about: out of range, no such moment, no such character.
            ("22003" | "22007" | "22008" | "22009" | "22021" | "22023" | "22P05", _) => {
                Self::BadValue(reason)
            }
            // Class 57: the operator intervened. Class 53: out of connections, memory, disk. Class 08: the connection.
            // Class 28: who we are is not believed any more.
            (state, _)
                if ["57", "53", "08", "28"]
                    .iter()
                    .any(|class| state.starts_with(class)) =>
            {
                Self::Away(reason)
            }
            // Class 23: integrity; deadlock and serialization failures are not rules.
            (state, Some(constraint)) if state.starts_with("23") => Self::Refused(Violation {
                constraint,
                state: state.to_owned(),
                message,
            }),
            _ => Self::Failed(reason),
        }
    }
}
