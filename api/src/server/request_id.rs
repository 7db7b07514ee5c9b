//! Every request has an id: the client's own, if it is a sane one, or a new one. It is in the answer, in every error and in the
//! log.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Extensions, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// Where it is read and where it is answered.
pub(super) const HEADER: &str = "x-request-id";
/// A longer one is not an id but a way to fill the log.
const LONGEST: usize = 128;

/// The id of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(Arc<str>);

impl RequestId {
    /// The id that was assigned to the request of these extensions.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_else(Self::new)
    }

    fn new() -> Self {
        Self(Uuid::now_v7().to_string().into())
    }

    fn given(value: &HeaderValue) -> Option<Self> {
        let value = value.to_str().ok()?;
        let is_sane = (1..=LONGEST).contains(&value.len())
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(&byte));
        is_sane.then(|| Self(value.into()))
    }
}

impl Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Gives the request its id, and the answer the same.
pub(super) async fn assign(mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(HEADER)
        .and_then(RequestId::given)
        .unwrap_or_else(RequestId::new);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
