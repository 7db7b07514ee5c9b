//! Sockets: taken one by one, cut where a client takes too long to say what it wants, and let go in peace at the end.

use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// After an error of the listening socket, as too many open files: others must end first.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until the signal; then takes no more connections and waits, so long at most, until those under way are answered.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    head_time: Duration,
    farewell: Duration,
    asked_to_end: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let mut asked_to_end = std::pin::pin!(asked_to_end);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    if is_ours(&error) {
                        tracing::error!(%error, "no connection can be taken");
                        sleep(PAUSE).await;
                    }
                    continue;
                }
            },
            () = &mut asked_to_end => break,
        };
        take(stream, router.clone(), head_time, &connections);
    }
    drop(listener);
    if timeout(farewell, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at the end");
    }
}

fn take(stream: TcpStream, router: Router, head_time: Duration, connections: &GracefulShutdown) {
    // Small answers go out at once; where that cannot be set they go out a little later.
    let _ = stream.set_nodelay(true);
    let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time);
    let service = TowerToHyperService::new(router);
    let connection = server
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

/// Whether the listening socket itself has a problem, and not the client that was about to connect.
fn is_ours(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
