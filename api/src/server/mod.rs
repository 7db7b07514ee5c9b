//! The HTTP side: what is listened on, and how it ends.

pub mod graphiql;
mod health;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::database::GatewayPools;

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
    /// The listening socket broke.
    #[error("the server stopped: {0}")]
    Stopped(std::io::Error),
}

/// Takes the address, before anything slow is done for it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address)
        .await
        .map_err(|reason| ServerError::Listen { address, reason })
}

/// Serves until the process is asked to end; requests under way are answered first.
pub async fn serve(
    listener: TcpListener,
    pools: GatewayPools,
    page: graphiql::Page,
) -> Result<(), ServerError> {
    axum::serve(listener, router(pools).merge(graphiql::routes(page)))
        .with_graceful_shutdown(asked_to_end())
        .await
        .map_err(ServerError::Stopped)
}

fn router(pools: GatewayPools) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(pools)
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
