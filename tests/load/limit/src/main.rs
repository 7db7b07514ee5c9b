//! What the benchmark's questions cost without GraphQL: a server that knows them beforehand. It verifies the token, says the
//! organization in every WHERE instead of standing behind row-level security, and writes the rows as JSON. It is the limit that
//! others are measured by, not a server for anything.
//!
//! `LIMIT_VARIANT` is `batch`, a few plain statements for each question, or `single`, one statement that has PostgreSQL write the JSON.

mod answer;
mod batch;
mod inserts;
mod pool;
mod question;
mod single;
mod token;

use std::env;
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

use pool::Pool;
use question::{Fault, Question};
use token::Tokens;

// The gateway has it as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Limit {
    pool: Pool,
    single: bool,
    tokens: Tokens,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let single = env::var("LIMIT_VARIANT")? == "single";
    let statements = if single {
        single::STATEMENTS
    } else {
        batch::STATEMENTS
    };
    let connections = env::var("POOL_SIZE")?.parse()?;
    let limit = Limit {
        pool: Pool::connect(&env::var("DATABASE_URL")?, connections, statements).await?,
        single,
        tokens: Tokens::new(&env::var("JWT_SECRET")?),
    };
    let app = Router::new()
        .route("/graphql", post(graphql))
        .with_state(Arc::new(limit));
    let listener = TcpListener::bind(("127.0.0.1", env::var("PORT")?.parse()?)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

async fn graphql(State(limit): State<Arc<Limit>>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(AUTHORIZATION);
    let Some(caller) = authorization.and_then(|value| limit.tokens.verify(value)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let answer = match Question::read(&body) {
        Err(fault) => Err(fault),
        Ok(question) if limit.single => single::answer(&limit.pool, &caller, question).await,
        Ok(question) => batch::answer(&limit.pool, &caller, question).await,
    };
    match answer {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(Fault::Question(reason)) => (StatusCode::BAD_REQUEST, reason).into_response(),
        Err(Fault::NoPhoto) => (StatusCode::NOT_FOUND, "no such photo").into_response(),
        Err(Fault::Database(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}
