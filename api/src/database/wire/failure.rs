//! What a round of statements may fail with.

use std::io;

use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;
use thiserror::Error;

/// Why there are no rows. The text is for the log alone.
#[derive(Debug, Error)]
pub enum WireFailure {
    /// The connection cannot be had or broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// PostgreSQL refused the statement, or ended the session.
    #[error("PostgreSQL says {message} ({state})")]
    Refused {
        /// The five characters of the SQL standard.
        state: String,
        /// In PostgreSQL's words.
        message: String,
        /// The rule that was violated, if it was one that has a name.
        constraint: Option<String>,
    },
    /// A value that PostgreSQL has no room for, or more of them than a statement can have.
    #[error("a value cannot be sent")]
    Unsendable,
    /// No connection can be had, whoever says so.
    #[error("no connection: {0}")]
    Unconnected(Box<Self>),
    /// All connections are taken for longer than one waits.
    #[error("no connection became free in time")]
    Crowded,
    /// It takes a way to sign in that is not known here.
    #[error("PostgreSQL wants {0}, which is not known here")]
    Unknown(&'static str),
}

impl WireFailure {
    pub(super) fn protocol(what: &'static str) -> Self {
        Self::Broken(io::Error::new(io::ErrorKind::InvalidData, what))
    }

    /// What PostgreSQL said.
    pub(super) fn of(mut fields: ErrorFields<'_>) -> Self {
        let (mut state, mut message, mut constraint) = (String::new(), String::new(), None);
        while let Ok(Some(field)) = fields.next() {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.type_() {
                b'C' => state = value,
                b'M' => message = value,
                b'n' => constraint = Some(value),
                _ => {}
            }
        }
        Self::Refused {
            state,
            message,
            constraint,
        }
    }

    /// Whether a connection that lay idle was found dead, or with statements prepared for tables that have changed since: another
    /// one may well be good.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            // The operator ended the session; a plan does not fit any more.
            Self::Refused { state, .. } => state.starts_with("57P") || state == "0A000",
            Self::Unsendable | Self::Unconnected(_) | Self::Crowded | Self::Unknown(_) => false,
        }
    }
}
