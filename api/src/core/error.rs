//! What goes wrong in a request and is not the caller's to put right in a form: each with a code that a client can act on.
//! What a person can put right is a `UserError`, data in the mutation's payload.

use std::sync::Arc;

use async_graphql::ErrorExtensions;
use sea_orm::DbErr;

use crate::database::StatementFailure;

/// The word in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No token, or one that is not believed.
    Unauthenticated,
    /// The caller's roles do not allow it.
    Forbidden,
    /// The request cannot be understood: an argument, a cursor, a header.
    BadRequest,
    /// The document does not parse, or does not fit the schema.
    ValidationFailed,
    /// The document asks for more than one request may.
    CostLimitExceeded,
    /// Too many requests; come back later.
    RateLimited,
    /// It took too long and was cancelled.
    Timeout,
    /// The database is away; come back later.
    Unavailable,
    /// A fault of ours; the log has it under the request's id.
    Internal,
}

impl ErrorCode {
    /// As clients see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadRequest => "BAD_REQUEST",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why a field has no answer. Has no `Display` on purpose: what the database says stays in the log.
#[derive(Clone, Debug)]
pub enum Error {
    /// Nobody is signed in.
    Unauthenticated,
    /// The caller's roles lack this permission.
    Forbidden(super::Permission),
    /// An argument cannot be used; the sentence says which and why.
    BadRequest(String),
    /// The database is away or has no connection to spare.
    Unavailable,
    /// Too often, from there or on that account; in how many seconds it may be tried again.
    RateLimited(u64),
    /// The statement ran into its time limit.
    Timeout,
    /// Another request with the same idempotency key was quicker; the edge answers with what that one did.
    Overtaken,
    /// PostgreSQL cannot use a value of the request: a NUL in a text, a number beyond its type.
    BadValue,
    /// A rule of the schema was violated, by the name of its constraint. A mutation turns it into a `UserError`.
    Refused {
        /// As `photos_s3_key_key`.
        constraint: String,
        /// The five characters of the SQL standard.
        state: String,
    },
    /// A fault of ours, for the log alone.
    Internal(Arc<str>),
}

/// What reading and writing answer with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The code that clients see.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::Forbidden(_) => ErrorCode::Forbidden,
            Self::BadRequest(_) | Self::BadValue | Self::Overtaken => ErrorCode::BadRequest,
            Self::Unavailable => ErrorCode::Unavailable,
            Self::RateLimited(_) => ErrorCode::RateLimited,
            Self::Timeout => ErrorCode::Timeout,
            Self::Refused { .. } | Self::Internal(_) => ErrorCode::Internal,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "a token is needed: send Authorization: Bearer …".to_owned(),
            Self::Forbidden(permission) => format!("this needs {}", permission.name()),
            Self::BadRequest(sentence) => sentence.clone(),
            Self::Overtaken => "another request has this Idempotency-Key".to_owned(),
            Self::BadValue => {
                "a value cannot be used: a text with a NUL character, or a number or time out of range"
                    .to_owned()
            },
            Self::Unavailable => "the database is not available; try again".to_owned(),
            Self::RateLimited(seconds) => format!("too many attempts: try again in {seconds} s"),
            Self::Timeout => "this took too long and was cancelled".to_owned(),
            Self::Refused { .. } | Self::Internal(_) => {
                "something went wrong; the log has it under this id".to_owned()
            }
        }
    }
}

impl Error {
    /// A fault of ours: what the log shall say of it.
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        Self::Internal(reason.to_string().into())
    }

    /// What became of a statement on one of the gateway's own connections.
    pub fn of_own_statement(error: &DbErr) -> Self {
        use sea_orm::{RuntimeErr, sqlx};
        let away = match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
                // Class 57: the operator intervened, or it took too long. Class 53: out of something.
                sqlx::Error::Database(error) => error
                    .code()
                    .is_some_and(|code| code.starts_with("57") || code.starts_with("53")),
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
                _ => false,
            },
            _ => false,
        };
        if away {
            tracing::warn!(%error, "the database is away");
            Self::Unavailable
        } else {
            Self::internal(error)
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

impl From<StatementFailure> for Error {
    fn from(failure: StatementFailure) -> Self {
        match failure {
            StatementFailure::Away(reason) => {
                tracing::warn!(%reason, "the database is away");
                Self::Unavailable
            }
            StatementFailure::TimedOut => Self::Timeout,
            StatementFailure::BadValue(reason) => {
                tracing::info!(%reason, "a value cannot be used");
                Self::BadValue
            }
            StatementFailure::Refused { constraint, state } => Self::Refused { constraint, state },
            StatementFailure::Failed(reason) => Self::internal(reason),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        match &error {
            Error::Internal(reason) => tracing::error!(%reason, "a field failed"),
            Error::Refused { constraint, .. } => {
                tracing::error!(
                    constraint,
                    "a rule of the schema was violated where none should be"
                );
            }
            _ => {}
        }
        let code = error.code().name();
        Self::new(error.message()).extend_with(|_, extensions| {
            extensions.set("code", code);
            if let Error::RateLimited(seconds) = &error {
                extensions.set("retryAfter", *seconds);
            }
        })
    }
}
