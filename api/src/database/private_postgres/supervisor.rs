//! The thread that starts the server, brings it back when it dies, and stops it.
//!
//! One thread does all three, so that stopping and restarting cannot meet; and because it spawns the server
//! and ends after it, the signal for the spawning thread's death comes only with the gateway's own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Cluster;
use super::error::{Error, reason};
use super::postmaster;
use super::probe;
use super::process::Stopped;
use super::start::{Data, Server, get_server};

/// How often the server is looked after.
const POLL: Duration = Duration::from_millis(200);

/// A server that ran this long is restarted at once; one that keeps dying is given time.
const STEADY: Duration = Duration::from_secs(10);

const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// What the gateway and the thread tell each other through.
#[derive(Debug, Default)]
pub(super) struct Shared {
    stopping: AtomicBool,
    attached: AtomicBool,
}

impl Shared {
    /// Sleeps, unless the gateway is stopping or begins to.
    pub(super) fn pause(&self, duration: Duration) -> Result<(), Error> {
        let end = Instant::now() + duration;
        loop {
            if self.stopping.load(Ordering::Acquire) {
                return Err(Error::Stopping);
            }
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(());
            }
            thread::park_timeout(rest);
        }
    }

    fn now_with(&self, server: &Server) {
        self.attached
            .store(matches!(server, Server::OfAnother(_)), Ordering::Release);
    }
}

/// The gateway's hold on the thread.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Stopped>>,
}

impl Supervisor {
    /// Starts the thread and waits until it has a server.
    pub(super) fn start(cluster: Arc<Cluster>) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = mpsc::channel();
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("private-postgres".to_owned())
            .spawn(
                move || match get_server(&cluster, Data::CreateIfMissing, &for_thread) {
                    Ok(server) => {
                        for_thread.now_with(&server);
                        let _ = sender.send(Ok(()));
                        supervise(&cluster, &for_thread, server)
                    }
                    Err(error) => {
                        let _ = sender.send(Err(error));
                        Stopped::WasDown
                    }
                },
            )
            .map_err(|error| Error::NoThread {
                reason: reason(&error),
            })?;
        let supervisor = Self {
            shared,
            thread: Some(thread),
        };
        receiver.recv().unwrap_or(Err(Error::Stopping))?;
        Ok(supervisor)
    }

    pub(super) fn attached(&self) -> bool {
        self.shared.attached.load(Ordering::Acquire)
    }

    pub(super) fn stop(&mut self) -> Stopped {
        let Some(thread) = self.thread.take() else {
            return Stopped::WasDown;
        };
        self.shared.stopping.store(true, Ordering::Release);
        thread.thread().unpark();
        // A thread that panicked took the server down with it.
        thread.join().unwrap_or(Stopped::WasDown)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

fn supervise(cluster: &Cluster, shared: &Shared, mut server: Server) -> Stopped {
    let mut delay = Duration::ZERO;
    loop {
        let since = Instant::now();
        while shared.pause(POLL).is_ok() {
            if let Some(what_happened) = end_of(cluster, &mut server) {
                tracing::warn!("{what_happened}");
                break;
            }
        }
        if since.elapsed() > STEADY {
            delay = Duration::ZERO;
        }
        if shared.pause(delay).is_err() {
            return stop(server);
        }
        match bring_back(cluster, shared, &mut delay) {
            Some(next) => server = next,
            None => return Stopped::WasDown,
        }
        shared.now_with(&server);
    }
}

fn stop(server: Server) -> Stopped {
    match server {
        Server::Own(process) => process.stop(),
        Server::OfAnother(_) => Stopped::LeftRunning,
    }
}

/// What happened to the server, if it is not there any more.
fn end_of(cluster: &Cluster, server: &mut Server) -> Option<String> {
    let layout = &cluster.layout;
    match server {
        Server::Own(process) => process.ended().map(|status| {
            format!(
                "PostgreSQL (process {}) ended unexpectedly with {status} and is started again",
                process.id()
            )
        }),
        Server::OfAnother(process) => {
            if process.is_some_and(|process| postmaster::serves(process, &layout.data)) {
                return None;
            }
            if probe::accepts_connections(&layout.socket()) {
                // Its gateway was quicker to bring it back.
                *process = postmaster::alive(&layout.data);
                return None;
            }
            Some("the PostgreSQL shared with another gateway ended and is brought back".to_owned())
        }
    }
}

/// Tries until there is a server again; `None` when the gateway stops meanwhile.
fn bring_back(cluster: &Cluster, shared: &Shared, delay: &mut Duration) -> Option<Server> {
    loop {
        let result = get_server(cluster, Data::MustExist, shared);
        *delay = (*delay * 2).clamp(FIRST_DELAY, LONGEST_DELAY);
        match result {
            Ok(server) => {
                match &server {
                    Server::Own(process) => {
                        tracing::warn!(
                            "PostgreSQL runs again (process {}), started by this gateway",
                            process.id()
                        );
                    }
                    Server::OfAnother(_) => {
                        tracing::warn!("PostgreSQL runs again, started by another gateway");
                    }
                }
                return Some(server);
            }
            Err(Error::Stopping) => return None,
            Err(error) => {
                tracing::error!(
                    "PostgreSQL is down, and the next attempt is in {delay:?}: {error}"
                );
            }
        }
        shared.pause(*delay).ok()?;
    }
}
