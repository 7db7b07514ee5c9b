//! The header `Idempotency-Key`: a mutation that is sent again with it is answered with what the first one was answered, and
//! changes nothing again. The names and statuses are those of the IETF's draft of that name.

use axum::http::header::{HeaderMap, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::request::GraphqlRequest;
use super::response::Answer;
use crate::core::{Earlier, Error, ErrorCode, IdempotencyKey, Session};
use crate::server::refusal::Refusal;

/// Where the key is read.
pub(in crate::server) const HEADER: &str = "idempotency-key";
/// Says of an answer that it is an earlier one.
pub(in crate::server) const REPLAY: &str = "idempotent-replay";

const LONGEST: usize = 255;

/// The key of a mutation, if one was sent. There is none where the answer may hold secrets.
pub(super) fn key(
    headers: &HeaderMap,
    request: &GraphqlRequest,
    has_secrets: bool,
) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut sent = headers.get_all(HEADER).iter();
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    if has_secrets {
        // The answer would be kept, with the tokens in it.
        return Err(bad(
            "signIn, refreshSession, signOut and changePassword have no Idempotency-Key: send them without, and by themselves",
        ));
    }
    if sent.next().is_some() {
        return Err(bad("there are two Idempotency-Key headers: send one"));
    }
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST).contains(&key.len()))
        .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| {
            bad("an Idempotency-Key has 1 to 255 visible ASCII characters, as a UUID has")
        })?;
    Ok(Some(IdempotencyKey {
        key: key.to_owned(),
        request_hash: hash(request)?,
    }))
}

/// A batch has many answers, and a key stands for one.
pub(super) fn check_batch(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(HEADER) {
        return Err(bad(
            "an Idempotency-Key stands for one operation: send a batch without, or its operations one by one",
        ));
    }
    Ok(())
}

/// The same for the same document, operation and variables, in whatever order the variables' fields are written.
fn hash(request: &GraphqlRequest) -> Result<String, Refusal> {
    let written = serde_json::to_value(&request.variables).and_then(|mut variables| {
        variables.sort_all_objects();
        serde_json::to_vec(&(&request.query, &request.operation_name, variables))
    });
    let written = written.map_err(Error::internal)?;
    Ok(Sha256::digest(written)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// What to answer instead of carrying the request out; none where its key is new.
pub(super) async fn instead(session: &Session, request_id: &str) -> Option<Answer> {
    let refusal = match session.earlier().await {
        Ok(None) => return None,
        Ok(Some(Earlier::Answered(body))) => match RawValue::from_string(body) {
            Ok(body) => return Some(Answer::kept(body)),
            Err(reason) => Error::internal(reason).into(),
        },
        Ok(Some(Earlier::Recent)) => busy(),
        Ok(Some(Earlier::Lost)) => Refusal::request(
            StatusCode::CONFLICT,
            ErrorCode::BadRequest,
            "the request with this Idempotency-Key was carried out, if perhaps not to its end, and its answer was not kept: \
             look what it changed, and send what is missing with a new key",
        ),
        Ok(Some(Earlier::Other)) => Refusal::request(
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::BadRequest,
            "this Idempotency-Key was sent with another request before: each request has a key of its own",
        ),
        Err(error) => error.into(),
    };
    Some(Answer::refused(refusal, request_id))
}

/// What to answer where another request with the key was quicker. Nothing was changed.
pub(super) async fn overtaken(session: &Session, request_id: &str) -> Answer {
    match instead(session, request_id).await {
        Some(answer) => answer,
        None => Answer::refused(busy(), request_id),
    }
}

/// Keeps an answer for a retry. Where that fails the answer stands all the same.
pub(super) async fn keep(session: &Session, answer: &Answer) {
    let Some(body) = answer.text_to_keep() else {
        return;
    };
    if let Err(reason) = session.keep_answer(&body).await {
        tracing::warn!(?reason, "an answer could not be kept for a retry");
    }
}

fn busy() -> Refusal {
    Refusal::request(
        StatusCode::CONFLICT,
        ErrorCode::BadRequest,
        "a request with this Idempotency-Key is being carried out: ask again in a moment",
    )
    .with_header(RETRY_AFTER, "1")
}

fn bad(message: &str) -> Refusal {
    Refusal::request(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
}

/// The header of an answer that is an earlier one.
pub(super) const fn replay() -> HeaderName {
    HeaderName::from_static(REPLAY)
}
