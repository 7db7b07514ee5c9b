//! GraphiQL at `/`: the files that `web/` builds, carried by a release in itself, and what they are told of signing in.

mod demo;
mod demo_people;
mod session;

use std::borrow::Cow;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

pub use demo::{DemoOrganization, DemoSessions};
pub use session::SignIn;

/// What `npm run build` made; empty where it was not run.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Files;

/// The page as the bundler wrote it.
const PAGE: &str = "index.html";

/// Nothing but what the gateway serves itself. Two exceptions, both for the editor: empty `<style>` elements (that is the hash
/// of nothing; their rules come from scripts), and `style` attributes, in which it writes where each line stands.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; \
    style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; style-src-attr 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Fieldgraph</title>
<h1>Fieldgraph</h1>
<p>The graph is at <code>/graphql</code>. GraphiQL, the page to explore it with, was not built yet: run
<code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code> (it needs Node 20.19 or newer), then
<code>cargo run</code> again.</p>
</html>
";

/// What is at `/`.
pub enum Page {
    /// Nothing.
    Off,
    /// GraphiQL.
    On(SignIn),
}

/// The page, its files, and how one comes to a token there. Merge it into a router that has none of `/` and
/// `/graphiql/…`.
pub fn routes<S: Clone + Send + Sync + 'static>(page: Page) -> Router<S> {
    let Page::On(sign_in) = page else {
        return Router::new();
    };
    Router::new()
        .route("/", get(index))
        .route("/graphiql/{*path}", get(asset))
        .route(
            "/graphiql/session.json",
            get(move |headers: HeaderMap| async move { sign_in.answer(&headers).await }),
        )
        .layer(map_response(guard))
}

/// On every answer, the workers' scripts included: a worker has the policy that it was served with.
async fn guard(mut response: Response) -> Response {
    const GUARDS: [(HeaderName, &str); 6] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in GUARDS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn index(headers: HeaderMap) -> Response {
    match Files::get(PAGE) {
        Some(file) => answer(PAGE, file, &headers),
        None => ([(CACHE_CONTROL, "no-cache")], Html(NOT_BUILT)).into_response(),
    }
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    // The page is at `/` alone, and a compressed file is an encoding of another, not one of its own.
    match Files::get(&path) {
        Some(file) if path != PAGE && !path.ends_with(".br") => answer(&path, file, &headers),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let media_type = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let (file, encoding) = match Files::get(&format!("{path}.br")) {
        Some(compressed) if takes_brotli(asked) => (compressed, Some("br")),
        _ => (file, None),
    };
    // The bundler puts the content's hash into these names: another content has another name.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = entity_tag(&file);
    let known = asked.get_all(IF_NONE_MATCH).iter().any(|known| {
        known.to_str().is_ok_and(|known| {
            known
                .split(',')
                .any(|known| known.trim().trim_start_matches("W/") == tag)
        })
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let data = match file.data {
            Cow::Borrowed(carried) => Bytes::from_static(carried),
            Cow::Owned(read) => Bytes::from(read),
        };
        let mut response = ([(CONTENT_TYPE, media_type)], data).into_response();
        if let Some(encoding) = encoding {
            response
                .headers_mut()
                .insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// Of the bytes that are sent: the compressed and the plain file have each their own.
fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let start: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{start}\"")
}

/// Who does not take it gets the plain file, which the server's own compression may still shorten.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let offers = asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    offers
        .map(|offer| offer.split_once(';').unwrap_or((offer, "")))
        .any(|(coding, weight)| {
            let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
            coding.trim() == "br" && weight != Some(Ok(0.0))
        })
}
