//! From HTTP to operations: a POST of JSON, or a GET with the same names in its query.

use std::time::Duration;

use async_graphql::Variables;
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::limits::within;
use super::negotiation::is_json;
use crate::core::ErrorCode;
use crate::server::refusal::Refusal;
use crate::settings::Limits;

/// Any of these makes a browser ask first before it sends a request from another site's page.
pub(in crate::server) const PREFLIGHT_HEADERS: [&str; 3] = [
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-requested-with",
];

/// An operation that somebody asks for.
#[derive(Debug, Default)]
pub(super) struct GraphqlRequest {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// One operation, or several that are answered together.
#[derive(Debug)]
pub(super) enum Requests {
    One(GraphqlRequest),
    Batch(Vec<GraphqlRequest>),
}

/// The parameters of a GET.
#[derive(Deserialize)]
struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// Reads the request of either method.
pub(super) async fn read(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Requests, Refusal> {
    if method == Method::GET {
        return from_query(uri, headers).map(Requests::One);
    }
    if method != Method::POST {
        return Err(Refusal::request(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::BadRequest,
            "the graph is asked by POST or GET",
        )
        .with_header(header::ALLOW, "GET, POST"));
    }
    if !is_json(headers) {
        return Err(Refusal::request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::BadRequest,
            "the body must be JSON in UTF-8: send Content-Type: application/json",
        ));
    }
    from_body(&read_body(headers, body, limits).await?, limits)
}

async fn read_body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Vec<u8>, Refusal> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
        .unwrap_or(0);
    check_length(announced, limits)?;
    match timeout(
        limits.socket_time,
        Limited::new(body, limits.body).collect(),
    )
    .await
    {
        Err(_) => Err(slow(limits.socket_time)),
        Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            // How much more there would have been is not read.
            check_length(limits.body as u64 + 1, limits)?;
            Err(bad("the body is too long"))
        }
        Ok(Err(_)) => Err(bad("the body broke off before its end")),
    }
}

fn check_length(length: u64, limits: &Limits) -> Result<(), Refusal> {
    within("body", limits.body as u64, length, "bytes in the body")
        .map_err(|refusal| refusal.with_status(StatusCode::PAYLOAD_TOO_LARGE))
}

fn slow(allowed: Duration) -> Refusal {
    let message = format!("the body did not come within {} s", allowed.as_secs());
    Refusal::request(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, &message)
        .with_header(header::CONNECTION, "close")
}

fn from_body(bytes: &[u8], limits: &Limits) -> Result<Requests, Refusal> {
    // The parser's own message quotes what was sent.
    let body = serde_json::from_slice(bytes).map_err(|error| {
        bad(&format!(
            "the body is not JSON: line {}, column {}",
            error.line(),
            error.column()
        ))
    })?;
    match body {
        Value::Object(request) => from_object(request).map(Requests::One),
        Value::Array(requests) if requests.is_empty() => Err(bad("the batch is empty")),
        Value::Array(requests) => {
            within(
                "batch",
                limits.batch as u64,
                requests.len() as u64,
                "operations in one request",
            )
            .map_err(|refusal| refusal.with_status(StatusCode::BAD_REQUEST))?;
            requests
                .into_iter()
                .map(|request| match request {
                    Value::Object(request) => from_object(request),
                    _ => Err(bad("each operation of a batch must be an object")),
                })
                .collect::<Result<_, _>>()
                .map(Requests::Batch)
        }
        _ => Err(bad(
            "the body must be an object with query, or a list of such",
        )),
    }
}

fn from_object(mut request: Map<String, Value>) -> Result<GraphqlRequest, Refusal> {
    let query = match request.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) => return Err(bad("query is missing: the document to execute")),
        Some(_) => return Err(bad("query must be a string")),
    };
    let operation_name = match request.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        None | Some(Value::Null) => None,
        Some(_) => return Err(bad("operationName must be a string")),
    };
    check_extensions(request.get("extensions"))?;
    Ok(GraphqlRequest {
        query,
        // Some clients send an empty one for none.
        operation_name: operation_name.filter(|name| !name.is_empty()),
        variables: variables(request.remove("variables"))?,
    })
}

fn from_query(uri: &Uri, headers: &HeaderMap) -> Result<GraphqlRequest, Refusal> {
    if !PREFLIGHT_HEADERS
        .iter()
        .any(|name| headers.contains_key(*name))
    {
        return Err(bad(
            "a GET needs the header GraphQL-Require-Preflight: 1, so that no other site's page can send it unasked",
        ));
    }
    let parameters = axum::extract::Query::<Parameters>::try_from_uri(uri)
        .map_err(|_| bad("the URL's parameters cannot be read"))?
        .0;
    let json = |name: &str, text: Option<String>| match text {
        // Nothing where there could be an object, as some clients send it.
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| bad(&format!("{name} must be JSON"))),
    };
    check_extensions(json("extensions", parameters.extensions)?.as_ref())?;
    Ok(GraphqlRequest {
        query: parameters
            .query
            .ok_or_else(|| bad("query is missing: the document to execute"))?,
        operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
        variables: variables(json("variables", parameters.variables)?)?,
    })
}

fn variables(given: Option<Value>) -> Result<Variables, Refusal> {
    match given {
        None | Some(Value::Null) => Ok(Variables::default()),
        Some(given @ Value::Object(_)) => Ok(Variables::from_json(given)),
        Some(_) => Err(bad("variables must be an object")),
    }
}

/// Nothing is read from them yet, but what is no object is not of the protocol.
fn check_extensions(given: Option<&Value>) -> Result<(), Refusal> {
    match given {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => Err(bad("extensions must be an object")),
    }
}

fn bad(message: &str) -> Refusal {
    Refusal::request(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
}
