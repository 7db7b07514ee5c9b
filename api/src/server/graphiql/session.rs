//! `/graphiql/session.json`: how one comes to a token on the page.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::DemoSessions;
use super::demo::DemoError;

/// How one comes to a token.
#[derive(Clone)]
pub enum SignIn {
    /// By choosing one of the demo's people, who have no secrets.
    Demo(DemoSessions),
    /// By login and password, which the mutation `signIn` takes.
    Password,
    /// From an identity provider, whose pages this one knows nothing of.
    Elsewhere,
}

impl SignIn {
    pub(super) async fn answer(&self, headers: &HeaderMap) -> Response {
        // For our own page: another site's may not read this, whatever the rules for the graph itself are.
        let foreign = headers
            .get("sec-fetch-site")
            .is_some_and(|site| site != "same-origin" && site != "none");
        if foreign {
            return StatusCode::FORBIDDEN.into_response();
        }
        match self.told().await {
            Ok(told) => ([(CACHE_CONTROL, "no-store")], Json(told)).into_response(),
            Err(error) => {
                tracing::error!(%error, "no tokens for GraphiQL");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }

    async fn told(&self) -> Result<Value, DemoError> {
        Ok(match self {
            Self::Demo(sessions) => {
                json!({ "by": "demo", "organizations": sessions.organizations().await? })
            }
            Self::Password => json!({ "by": "password" }),
            Self::Elsewhere => json!({ "by": "token" }),
        })
    }
}
