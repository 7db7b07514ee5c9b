//! `/.well-known/jwks.json`: the public keys by which others may verify the tokens that this gateway signs.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;

/// Whoever keeps the keys for longer than this does not know a new one in time; how long a rotation waits is told from it.
const CACHING: &str = "public, max-age=300";

/// The keys that sign and those that take their place, where tokens are signed by keys that have a public half.
pub(super) async fn keys(State(app): State<App>) -> Response {
    match app.verifier.published_keys() {
        Some(keys) => {
            let headers = [
                (header::CONTENT_TYPE, "application/jwk-set+json"),
                (header::CACHE_CONTROL, CACHING),
            ];
            (headers, Json(keys)).into_response()
        }
        None => (
            StatusCode::NOT_FOUND,
            "there are no keys to publish: tokens are signed by a secret, or by an identity provider, which publishes its own\n",
        )
            .into_response(),
    }
}
