//! The HTTP side: what is listened on, and how it ends.

mod app;
mod connection;
pub mod graphiql;
pub mod graphql;
mod health;
mod identity;
mod log;
mod metrics;
mod origin;
mod refusal;
mod request_id;
mod well_known;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::auth;
pub use app::{App, router};
use graphiql::Page;

/// How often the numbers for the metrics are folded.
const TIDYING: Duration = Duration::from_secs(5);

/// How often sessions are swept that are over.
const SWEEPING: Duration = Duration::from_mins(10);

/// Why nothing is served.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Somebody else has the port, or it is not ours to take.
    #[error("cannot listen on {address}: {reason}; choose another address with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The schema is not one that can be read back.
    #[error("the schema cannot be read back: {reason}")]
    Schema {
        /// What the parser says.
        reason: String,
    },
}

/// Takes the address, before anything slow is done for it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address)
        .await
        .map_err(|reason| ServerError::Listen { address, reason })
}

/// Serves the graph, and the page to explore it with, until the process is asked to end; requests under way are answered first.
pub async fn serve(listener: TcpListener, app: App, page: Page) {
    serve_until(listener, app, page, asked_to_end()).await;
}

/// Serves until a signal; requests under way are answered first.
pub async fn serve_until(
    listener: TcpListener,
    app: App,
    page: Page,
    signal: impl Future<Output = ()>,
) {
    metrics::start();
    let head_time = app.limits.socket_time;
    // Whoever is being answered may take all of their time, and a moment to read the answer.
    let farewell = app.limits.time + Duration::from_secs(5);
    let listening = {
        let app = app.clone();
        async move { auth::listen(&app.pools, &app.standing, &app.permissions).await }
    };
    let sweeping = {
        let sessions = Arc::clone(&app.sessions);
        async move {
            loop {
                tokio::time::sleep(SWEEPING).await;
                sessions.sweep().await;
            }
        }
    };
    let serving = connection::serve(
        listener,
        router(app).merge(graphiql::routes(page)),
        head_time,
        farewell,
        signal,
    );
    let tidying = async {
        loop {
            tokio::time::sleep(TIDYING).await;
            metrics::tidy();
        }
    };
    tokio::select! {
        () = serving => {}
        () = tidying => {}
        () = listening => {}
        () = sweeping => {}
    }
}

/// Ctrl+C, or the SIGTERM of a supervisor.
async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
