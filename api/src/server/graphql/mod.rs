//! `/graphql`: the graph over HTTP. A request is decoded (`request`), each of its documents is lexed, parsed, measured, validated
//! and merged (`document`), costed and executed (`execute`), and answered (`response`).

mod conflicts;
mod cost;
mod document;
mod engine;
mod execute;
mod explain;
mod idempotency;
mod lexer;
mod limits;
mod measure;
mod merge;
mod negotiation;
mod request;
mod response;
mod typename;
mod types;
mod variables;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use tokio::time::Instant;

pub(super) use document::Documents;
pub use engine::{Engine, sorted_sdl};
pub(super) use explain::HEADER as EXPLAIN;
pub(super) use idempotency::{HEADER as IDEMPOTENCY_KEY, REPLAY as IDEMPOTENT_REPLAY};
pub(super) use request::PREFLIGHT_HEADERS;

use self::execute::Circumstances;
use self::negotiation::{MediaType, accepted};
use self::request::Requests;
use self::response::{Answer, respond_to_batch};
use super::App;
use super::identity;
use super::log::Record;
use super::refusal::Refusal;
use super::request_id::RequestId;
use crate::core::ErrorCode;

/// Answers whatever comes to `/graphql`.
pub(super) async fn handle(State(app): State<App>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let id = RequestId::of(&head.extensions);
    let mut record = Record::begin(&id, app.slow);
    let Some(media_type) = accepted(&head.headers) else {
        let refusal = Refusal::request(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::BadRequest,
            "answers are application/graphql-response+json or application/json: accept one of them",
        );
        return finish(refused(refusal, &id, MediaType::Json, &mut record), record);
    };
    let actor = match identity::caller(&app, &head.headers).await {
        Ok(actor) => actor,
        Err(refusal) => return finish(refused(refusal, &id, media_type, &mut record), record),
    };
    if let Some(actor) = &actor {
        record.organization(actor.organization);
    }
    let explains = match explain::is_asked(&app, &head.headers) {
        Ok(explains) => explains,
        Err(refusal) => return finish(refused(refusal, &id, media_type, &mut record), record),
    };
    let requests =
        match request::read(&head.method, &head.uri, &head.headers, body, &app.limits).await {
            Ok(requests) => requests,
            Err(refusal) => return finish(refused(refusal, &id, media_type, &mut record), record),
        };
    let circumstances = Circumstances {
        app: &app,
        head: &head,
        is_alone: matches!(requests, Requests::One(_)),
        actor: actor.as_ref(),
        request_id: &id,
        explains,
        deadline: Instant::now() + app.limits.time,
    };
    let response = match requests {
        Requests::One(request) => {
            let answer = circumstances.answer(request, &mut record).await;
            record.codes(answer.codes());
            answer.into_response(media_type)
        }
        Requests::Batch(requests) => {
            if let Err(refusal) = idempotency::check_batch(&head.headers) {
                return finish(refused(refusal, &id, media_type, &mut record), record);
            }
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                let answer = circumstances.answer(request, &mut record).await;
                record.codes(answer.codes());
                answers.push(answer);
            }
            respond_to_batch(answers, media_type)
        }
    };
    finish(response, record)
}

fn refused(refusal: Refusal, id: &str, media_type: MediaType, record: &mut Record) -> Response {
    let answer = Answer::refused(refusal, id);
    record.codes(answer.codes());
    answer.into_response(media_type)
}

fn finish(response: Response, record: Record) -> Response {
    record.end(response.status());
    response
}
