//! From answers to HTTP: body, status and media type as the GraphQL-over-HTTP specification has them.

use std::collections::BTreeMap;

use async_graphql::{Response as Executed, ServerError, Value};
use axum::body::Body;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::idempotency;
use super::negotiation::MediaType;
use crate::core::ErrorCode;
use crate::server::refusal::Refusal;

/// What came of one operation.
#[derive(Debug)]
pub(super) struct Answer {
    content: Content,
    status: StatusCode,
    /// Whether the status gives way to a 200 for a client that expects `application/json`.
    well_formed: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content {
    New(NewContent),
    /// Written from rows.
    #[serde(serialize_with = "verbatim")]
    Read(Vec<u8>),
    /// Of an earlier request, to the byte.
    Kept(Box<RawValue>),
}

#[derive(Debug, Serialize)]
struct NewContent {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
    /// Absent, not null, where nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
}

impl Answer {
    /// Nothing was executed.
    pub(super) fn refused(refusal: Refusal, request_id: &str) -> Self {
        let refusal = refusal.into_inner();
        let mut answer = Self {
            content: Content::New(NewContent {
                errors: refusal.errors,
                data: None,
                extensions: BTreeMap::new(),
            }),
            status: refusal.status,
            well_formed: refusal.well_formed,
            headers: refusal.headers,
        };
        answer.name_request(request_id);
        answer
    }

    /// What the engine says of a document that was let through to it.
    pub(super) fn executed(executed: Executed, suggestions: bool, request_id: &str) -> Self {
        let nothing = executed.data == Value::Null;
        // Validation with the variables' values happens in the engine; its errors are of no field.
        if nothing
            && !executed.errors.is_empty()
            && executed.errors.iter().all(|error| error.path.is_empty())
        {
            return Self::refused(Refusal::invalid(executed.errors, suggestions), request_id);
        }
        let later = comes_later(&executed);
        let mut answer = Self {
            content: Content::New(NewContent {
                data: later.is_none().then_some(executed.data),
                errors: executed.errors,
                extensions: executed.extensions,
            }),
            status: later.unwrap_or(StatusCode::OK),
            well_formed: later.is_none(),
            headers: Vec::new(),
        };
        for error in answer.errors_mut() {
            let extensions = error.extensions.get_or_insert_default();
            if extensions.get("code").is_none() {
                // What has no code of ours was refused by the engine while it read the field's arguments.
                extensions.set("code", ErrorCode::BadRequest.name());
            }
        }
        answer.name_request(request_id);
        answer
    }

    /// What was read and written without the engine.
    pub(super) const fn read(body: Vec<u8>) -> Self {
        Self {
            content: Content::Read(body),
            status: StatusCode::OK,
            well_formed: true,
            headers: Vec::new(),
        }
    }

    /// With something beside the data; an earlier answer stays what it was.
    pub(super) fn with_extension(mut self, name: &str, value: Value) -> serde_json::Result<Self> {
        match &mut self.content {
            Content::New(content) => {
                content.extensions.insert(name.to_owned(), value);
            }
            Content::Read(body) => {
                let extensions = serde_json::to_vec(&BTreeMap::from([(name, value)]))?;
                // Behind the data, before the brace that closes the answer.
                body.pop();
                body.extend_from_slice(b",\"extensions\":");
                body.extend(extensions);
                body.push(b'}');
            }
            Content::Kept(_) => {}
        }
        Ok(self)
    }

    /// What an earlier request was answered.
    pub(super) fn kept(body: Box<RawValue>) -> Self {
        Self {
            content: Content::Kept(body),
            // No other is kept.
            status: StatusCode::OK,
            well_formed: true,
            headers: vec![(idempotency::replay(), HeaderValue::from_static("true"))],
        }
    }

    /// The body, where it shall be the answer to a retry too: of a database that was away a retry may find it back.
    pub(super) fn text_to_keep(&self) -> Option<String> {
        match &self.content {
            Content::New(content) if self.status == StatusCode::OK => {
                serde_json::to_string(content).ok()
            }
            _ => None,
        }
    }

    fn errors_mut(&mut self) -> &mut [ServerError] {
        match &mut self.content {
            Content::New(content) => &mut content.errors,
            Content::Read(_) | Content::Kept(_) => &mut [],
        }
    }

    /// Puts the request's id into every error, so that it can be found in the log.
    fn name_request(&mut self, id: &str) {
        for error in self.errors_mut() {
            error
                .extensions
                .get_or_insert_default()
                .set("requestId", id);
        }
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => self
                .headers
                .push((header::RETRY_AFTER, HeaderValue::from_static("5"))),
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds = self.errors_mut().iter().filter_map(retry_after).max();
                self.headers
                    .push((header::RETRY_AFTER, HeaderValue::from(seconds.unwrap_or(1))));
            }
            _ => {}
        }
    }

    /// The codes of its errors.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        let errors = match &self.content {
            Content::New(content) => content.errors.as_slice(),
            Content::Read(_) | Content::Kept(_) => &[],
        };
        errors.iter().filter_map(code)
    }

    /// The answer to a request of one operation.
    pub(super) fn into_response(self, media_type: MediaType) -> Response {
        let status = match media_type {
            MediaType::Json if self.well_formed => StatusCode::OK,
            _ => self.status,
        };
        match self.content {
            Content::Read(body) => respond(status, media_type, body, self.headers),
            content => respond_with(status, media_type, &content, self.headers),
        }
    }
}

/// The answer to a batch: each operation has its own, and the request itself went well, unless its sender is nobody or no
/// operation could be answered.
pub(super) fn respond_to_batch(mut answers: Vec<Answer>, media_type: MediaType) -> Response {
    if let Some(nobody) = answers
        .iter()
        .position(|answer| answer.status == StatusCode::UNAUTHORIZED)
    {
        return answers.swap_remove(nobody).into_response(media_type);
    }
    let first = answers.first().map(|answer| answer.status);
    let come_later = [
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::TOO_MANY_REQUESTS,
    ]
    .into_iter()
    .find(|status| first == Some(*status) && answers.iter().all(|answer| answer.status == *status));
    let (status, headers) = match (come_later, answers.first_mut()) {
        (Some(status), Some(first)) => (status, std::mem::take(&mut first.headers)),
        _ => (StatusCode::OK, Vec::new()),
    };
    let contents: Vec<_> = answers.into_iter().map(|answer| answer.content).collect();
    respond_with(status, media_type, &contents, headers)
}

fn respond_with(
    status: StatusCode,
    media_type: MediaType,
    body: &impl Serialize,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> Response {
    let (status, bytes) = match serde_json::to_vec(body) {
        Ok(bytes) => (status, bytes),
        Err(reason) => {
            tracing::error!(%reason, "an answer cannot be written");
            let apology = br#"{"errors":[{"message":"something went wrong","extensions":{"code":"INTERNAL"}}]}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, apology.to_vec())
        }
    };
    respond(status, media_type, bytes, headers)
}

fn respond(
    status: StatusCode,
    media_type: MediaType,
    body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type.header());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// What is JSON already, in the middle of other JSON.
fn verbatim<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_slice::<&RawValue>(body)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// The status of an answer in which nothing is but that it comes later: everything failed, and for the same reason.
fn comes_later(executed: &Executed) -> Option<StatusCode> {
    if !is_all_null(&executed.data) {
        return None;
    }
    let first = code(executed.errors.first()?)?;
    let status = [
        (ErrorCode::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        (ErrorCode::RateLimited, StatusCode::TOO_MANY_REQUESTS),
    ]
    .into_iter()
    .find(|(code, _)| code.name() == first)?
    .1;
    let same = executed
        .errors
        .iter()
        .all(|error| code(error) == Some(first));
    same.then_some(status)
}

/// In how many seconds to come back.
fn retry_after(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get("retryAfter")? {
        Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

fn is_all_null(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => false,
    }
}
