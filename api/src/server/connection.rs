//! Sockets: taken one by one, cut where a client takes too long to say what it wants, and let go in peace at the end.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::origin::Peer;

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
    // Each connection holds a receiver, and the sender sees when the last is gone.
    let (end, ending) = watch::channel(false);
    let mut asked_to_end = pin!(asked_to_end);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
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
        tokio::spawn(attend(
            (stream, peer),
            router.clone(),
            head_time,
            ending.clone(),
        ));
    }
    drop((listener, ending));
    end.send_replace(true);
    if timeout(farewell, end.closed()).await.is_err() {
        tracing::warn!("requests were still under way at the end");
    }
}

async fn attend(
    (stream, peer): (TcpStream, SocketAddr),
    router: Router,
    head_time: Duration,
    mut ending: watch::Receiver<bool>,
) {
    // Small answers go out at once; where that cannot be set they go out a little later.
    let _ = stream.set_nodelay(true);
    let router = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        // It changes once, and when the server is gone that is the same; an error tells the latter.
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Whether the listening socket itself has a problem, and not the client that was about to connect.
fn is_ours(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
