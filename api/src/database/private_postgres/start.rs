//! Gets a server going: attaches to the one that runs, or starts one and waits until it is ready.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use super::Cluster;
use super::error::Error;
use super::initdb;
use super::lock::Lock;
use super::postmaster;
use super::probe;
use super::process::ServerProcess;
use super::supervisor::Shared;

/// How long a server gets until it accepts connections; recovery after a crash can take a while.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long the orphans of a killed server get to notice its death.
const ORPHAN_LIMIT: Duration = Duration::from_secs(10);

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What PostgreSQL says while something of an earlier server is still there.
const LEFTOVERS: [&str; 2] = ["pre-existing shared memory block", "lock file \""];

/// The server, from this gateway's point of view.
#[derive(Debug)]
pub(super) enum Server {
    /// This gateway started it.
    Own(ServerProcess),
    /// Another did; its process is not known where the gateways see different processes (containers).
    OfAnother(Option<Pid>),
}

/// Whether there may be no data yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    CreateIfMissing,
    MustExist,
}

/// Returns a server that accepts connections. Gateways on one folder do this one after the other.
pub(super) fn get_server(cluster: &Cluster, data: Data, shared: &Shared) -> Result<Server, Error> {
    if data == Data::MustExist && !cluster.layout.data.exists() {
        return Err(Error::DataFolderGone {
            data: cluster.layout.data.clone(),
        });
    }
    let _lock = Lock::acquire(cluster, shared)?;
    if data == Data::CreateIfMissing {
        initdb::ensure_data(cluster)?;
    }

    let begin = Instant::now();
    let mut pause = SHORTEST_PAUSE;
    loop {
        let process = postmaster::alive(&cluster.layout.data);
        if probe::accepts_connections(&cluster.layout.socket()) {
            return Ok(Server::OfAnother(process));
        }
        if process.is_none() {
            match start(cluster, shared) {
                Err(error) if is_passing(&error) && begin.elapsed() < ORPHAN_LIMIT => {}
                Err(error) => return Err(error),
                Ok(process) => return Ok(Server::Own(process)),
            }
        } else if begin.elapsed() > START_LIMIT {
            return Err(not_ready(cluster));
        }
        // One that runs and refuses is shutting down, because its gateway ended: wait for its end.
        shared.pause(pause)?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_passing(error: &Error) -> bool {
    matches!(error, Error::EndedAtStart { reason, .. } if LEFTOVERS.iter().any(|text| reason.contains(text)))
}

fn not_ready(cluster: &Cluster) -> Error {
    Error::NotReady {
        seconds: START_LIMIT.as_secs(),
        log: cluster.layout.log.clone(),
    }
}

/// Any way out but the good one drops the process, which stops it.
fn start(cluster: &Cluster, shared: &Shared) -> Result<ServerProcess, Error> {
    let layout = &cluster.layout;
    postmaster::forget_dead(layout);
    let (mut process, log_length) = ServerProcess::spawn(cluster)?;
    let begin = Instant::now();
    loop {
        if let Some(status) = process.ended() {
            let reason = last_complaint(&layout.log, log_length, status);
            return Err(Error::EndedAtStart {
                reason,
                log: layout.log.clone(),
            });
        }
        // Its own word first: each connection before that would leave a line in the log.
        if postmaster::says_ready(&layout.data, process.id())
            && probe::accepts_connections(&layout.socket())
        {
            return Ok(process);
        }
        if begin.elapsed() > START_LIMIT {
            return Err(not_ready(cluster));
        }
        shared.pause(SHORTEST_PAUSE)?;
    }
}

/// The last error in the log since the start, without the time in front.
fn last_complaint(log: &Path, log_length: u64, status: ExitStatus) -> String {
    let text = text_after(log, log_length).unwrap_or_default();
    let complaint = |line: &str| {
        ["FATAL:", "PANIC:", "ERROR:"]
            .iter()
            .find_map(|marker| Some(line.split_once(marker)?.1.trim().to_owned()))
            .filter(|complaint| !complaint.starts_with("the database system is"))
    };
    let last_line = || {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
        Some(line.strip_prefix("postgres: ").unwrap_or(line).to_owned())
    };
    text.lines()
        .rev()
        .find_map(complaint)
        .or_else(last_line)
        .unwrap_or_else(|| format!("it ended with {status}"))
}

fn text_after(log: &Path, length: u64) -> io::Result<String> {
    const ENOUGH: u64 = 64 * 1024;
    let mut file = File::open(log)?;
    let end = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.max(end.saturating_sub(ENOUGH))))?;
    let mut bytes = Vec::new();
    file.take(ENOUGH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
