//! Why a request, or one operation of it, was not executed.

use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, ServerError, Value};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};

use crate::core::{Error, ErrorCode};

/// More errors than this are not listed: whoever made so many does not read them.
const MOST_ERRORS: usize = 20;
/// A message is a sentence; a longer one is what somebody sent, coming back.
const LONGEST_MESSAGE: usize = 400;

/// Why there is no data.
#[derive(Debug)]
pub(super) struct Refusal(Box<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) status: StatusCode,
    /// Whether the request itself was one, so that a client which expects `application/json` gets its errors with a 200.
    pub(super) well_formed: bool,
    pub(super) errors: Vec<ServerError>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, well_formed: bool, errors: Vec<ServerError>) -> Self {
        Self(Box::new(Inner {
            status,
            well_formed,
            errors,
            headers: Vec::new(),
        }))
    }

    /// The request is not one that could hold a document.
    pub(super) fn request(status: StatusCode, code: ErrorCode, message: &str) -> Self {
        Self::new(status, false, vec![coded(message, None, code)])
    }

    /// The document, its variables or the choice of its operation are wrong.
    pub(super) fn document(code: ErrorCode, message: &str, at: Option<Pos>) -> Self {
        let message = shortened(message);
        Self::new(
            StatusCode::BAD_REQUEST,
            true,
            vec![coded(&message, at, code)],
        )
    }

    /// What validation has to say.
    pub(super) fn invalid(mut errors: Vec<ServerError>, suggestions: bool) -> Self {
        errors.truncate(MOST_ERRORS);
        for error in &mut errors {
            if !suggestions && let Some(end) = error.message.find(" Did you mean") {
                // It would spell out the schema, name by name.
                error.message.truncate(end);
            }
            error.message = shortened(&error.message);
            error
                .extensions
                .get_or_insert_default()
                .set("code", ErrorCode::ValidationFailed.name());
        }
        Self::new(StatusCode::BAD_REQUEST, true, errors)
    }

    /// More than one request may ask for.
    pub(super) fn limit(limit: &'static str, allowed: u64, requested: u64, sentence: &str) -> Self {
        let mut error = coded(sentence, None, ErrorCode::CostLimitExceeded);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("limit", limit);
        extensions.set("allowed", allowed);
        extensions.set("requested", Value::from(requested));
        Self::new(StatusCode::BAD_REQUEST, true, vec![error])
    }

    /// With another status, that stands in whatever the client accepts.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self.0.well_formed = false;
        self
    }

    /// Time ran out.
    pub(super) fn timeout(seconds: u64, operation: OperationType) -> Self {
        let what = match operation {
            OperationType::Mutation => "; what had not been committed by then did not happen",
            _ => "; ask for fewer rows, or in several requests",
        };
        let message = format!("this took more than {seconds} s and was cancelled{what}");
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            true,
            vec![coded(&message, None, ErrorCode::Timeout)],
        )
    }

    /// With a header of its own.
    pub(super) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    pub(super) fn into_inner(self) -> Inner {
        *self.0
    }
}

impl From<Error> for Refusal {
    /// The caller could not be looked up.
    fn from(error: Error) -> Self {
        let status = match error.code() {
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Timeout => StatusCode::GATEWAY_TIMEOUT,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::BadRequest | ErrorCode::ValidationFailed | ErrorCode::CostLimitExceeded => {
                StatusCode::BAD_REQUEST
            }
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let error = async_graphql::Error::from(error);
        Self::new(status, false, vec![error.into_server_error(Pos::default())]).without_positions()
    }
}

impl Refusal {
    fn without_positions(mut self) -> Self {
        for error in &mut self.0.errors {
            error.locations.clear();
        }
        self
    }
}

fn coded(message: &str, at: Option<Pos>, code: ErrorCode) -> ServerError {
    let mut error = ServerError::new(message, at);
    error
        .extensions
        .get_or_insert_default()
        .set("code", code.name());
    error
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        None => message.to_owned(),
        Some((end, _)) => format!("{}…", &message[..end]),
    }
}
