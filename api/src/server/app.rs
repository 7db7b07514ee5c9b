//! What the server is made of, and which path leads where.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use ipnet::IpNet;
use serde_json::json;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::graphql::{
    self, Documents, EXPLAIN, Engine, IDEMPOTENCY_KEY, IDEMPOTENT_REPLAY, PREFLIGHT_HEADERS,
};
use super::{health, metrics, request_id, well_known};
use crate::auth::{PermissionBook, Sessions, Standing, TokenError, Verifier};
use crate::core::ErrorCode;
use crate::database::GatewayPools;
use crate::settings::{Limits, Secret, Settings};

/// The server's state. Cheap to clone; all clones are one server.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] shares.
pub struct Parts {
    pub(super) pools: GatewayPools,
    pub(super) engine: Engine,
    pub(super) verifier: Verifier,
    pub(super) permissions: PermissionBook,
    pub(super) standing: Standing,
    pub(super) sessions: Arc<Sessions>,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) documents: Documents,
    pub(super) introspection: bool,
    pub(super) limits: Limits,
    pub(super) explain_key: Option<Secret>,
    pub(super) slow: Option<Duration>,
    cors_origins: Vec<String>,
}

impl App {
    /// Puts a server together: what executes, on which database, and who says whether a token is believed. Fails where tokens can
    /// be verified and not signed, though they are ours.
    pub fn new(
        settings: &Settings,
        pools: GatewayPools,
        engine: Engine,
        verifier: Verifier,
        permissions: PermissionBook,
    ) -> Result<Self, TokenError> {
        Ok(Self(Arc::new(Parts {
            sessions: Arc::new(Sessions::new(settings, pools.clone())?),
            trusted_proxies: settings.trusted_proxies.clone(),
            standing: Standing::new(pools.clone()),
            pools,
            engine,
            verifier,
            permissions,
            documents: Documents::new(settings.document_cache),
            introspection: settings.introspection,
            limits: settings.limits.clone(),
            explain_key: settings.explain_key.clone(),
            slow: settings.slow,
            cors_origins: settings.cors_origins.clone(),
        })))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Every path that is served.
pub fn router(app: App) -> Router {
    // One stack, the outermost first: each layer of a router's own would be one allocation more a request.
    let around = ServiceBuilder::new()
        .layer(from_fn(request_id::assign))
        .option_layer((!app.cors_origins.is_empty()).then(|| cors(&app.cors_origins)))
        .layer(CatchPanicLayer::custom(panicked))
        // Events and pictures are left as they are.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .map_response(guarded)
        // The graph has its own limit, with its own answer.
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/graphql", any(graphql::handle))
        .route("/schema.graphql", get(schema))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::page))
        .route("/.well-known/jwks.json", get(well_known::keys))
        .layer(around)
        .with_state(app)
}

/// What every answer says to browsers: that it is no page, and nobody's frame.
fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A fault of ours in the middle of a request ends that request alone. The panic itself has told the log where it was.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    let error = json!({
        "message": "something went wrong",
        "extensions": { "code": ErrorCode::Internal.name() },
    });
    let body = Json(json!({ "errors": [error] }));
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}

/// Pages of these origins may ask; tokens travel in a header that they set, never in a cookie, so credentials stay off.
fn cors(origins: &[String]) -> CorsLayer {
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(
            origins
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok()),
        )
    };
    let headers = [header::CONTENT_TYPE, header::AUTHORIZATION]
        .into_iter()
        .chain(
            PREFLIGHT_HEADERS
                .into_iter()
                .chain([request_id::HEADER, IDEMPOTENCY_KEY, EXPLAIN])
                .map(HeaderName::from_static),
        );
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(headers.collect::<Vec<_>>())
        .expose_headers([
            HeaderName::from_static(request_id::HEADER),
            HeaderName::from_static(IDEMPOTENT_REPLAY),
            header::RETRY_AFTER,
        ])
        .max_age(Duration::from_secs(3600))
}

/// The schema in its own language, where it may be asked for.
async fn schema(State(app): State<App>) -> Response {
    if !app.introspection {
        return (StatusCode::NOT_FOUND, "introspection is off here\n").into_response();
    }
    let text = [(header::CONTENT_TYPE, "application/graphql; charset=utf-8")];
    (text, app.engine.sdl().to_owned()).into_response()
}
