//! Who is calling: from the Authorization header, and from nowhere else, to an actor.

use axum::http::{HeaderMap, StatusCode, header};
use chrono::Utc;

use super::App;
use super::refusal::Refusal;
use crate::core::{Actor, Error, ErrorCode};

/// The actor whose token is sent; none where no token is. A token that is not believed is an error, whatever is asked.
pub(super) async fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Actor>, Refusal> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = sent.next() else {
        return Ok(None);
    };
    if sent.next().is_some() {
        return Err(Refusal::request(
            StatusCode::BAD_REQUEST,
            ErrorCode::BadRequest,
            "there are two Authorization headers: send one",
        )
        .with_header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_request\""));
    }
    let token = value.to_str().ok().and_then(bearer).ok_or_else(missing)?;
    let now = Utc::now();
    let claims = app.verifier.verify(token, now).await.map_err(|reason| {
        tracing::info!(%reason, "a token is not believed");
        if reason.is_unavailable() {
            Error::Unavailable.into()
        } else {
            rejected()
        }
    })?;
    let subject = claims.sub.clone();
    let Some(bearer) = app.standing.bearer(claims, now).await? else {
        tracing::info!(
            %subject,
            "the bearer of a good token is nobody, or was changed since it was signed"
        );
        return Err(rejected());
    };
    let actor = app.permissions.actor(&bearer, now).await?;
    Ok(Some(actor))
}

/// The token behind the scheme, which may be written in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// No token, where one is needed.
pub(super) fn missing() -> Refusal {
    Refusal::request(
        StatusCode::UNAUTHORIZED,
        ErrorCode::Unauthenticated,
        "a token is needed: send Authorization: Bearer …",
    )
    .with_header(header::WWW_AUTHENTICATE, "Bearer")
}

/// A token that is not believed; nobody is told why.
fn rejected() -> Refusal {
    Refusal::request(
        StatusCode::UNAUTHORIZED,
        ErrorCode::Unauthenticated,
        "the token is not valid: get a new one",
    )
    .with_header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
}
