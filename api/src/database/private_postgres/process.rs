//! The server as a process: how it is spawned, that it ends with the gateway, and how it is stopped.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::Error;
use super::folder::open_own_file;
use super::{Cluster, PORT};

/// The log starts anew past this size, when the server starts.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// How long a server gets to stop when asked, and then when told.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const ABORT_LIMIT: Duration = Duration::from_secs(10);

/// How the server ended when it was to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It shut down and left its data in order.
    Cleanly,
    /// It took too long and was made to end; it recovers at its next start.
    ByForce,
    /// It belongs to another gateway and goes on.
    LeftRunning,
    /// It was down already.
    WasDown,
}

/// A command of PostgreSQL as the server's account, independent of the gateway's terminal and environment,
/// which gets SIGINT when the thread that spawns it ends, at the latest with the gateway.
pub(super) fn command(program: &Path, cluster: &Cluster) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", cluster.binaries.directory.display()))
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir("/")
        .stdin(Stdio::null())
        // Ctrl+C in the terminal is for the gateway, which stops the server in its own time.
        .process_group(0);
    cluster.account.apply_to(&mut command);
    end_with_this_thread(&mut command);
    command
}

#[cfg(target_os = "linux")]
fn end_with_this_thread(command: &mut Command) {
    let gateway = Pid::this();
    let ask = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
        // The gateway may have died just before, and then nobody sends the signal.
        if nix::unistd::getppid() == gateway {
            Ok(())
        } else {
            Err(io::Error::from(nix::errno::Errno::ESRCH))
        }
    };
    #[expect(
        unsafe_code,
        reason = "the only way to ask for a signal at the parent's death"
    )]
    // SAFETY: between fork and exec the closure makes two system calls and neither allocates nor locks.
    unsafe {
        command.pre_exec(ask);
    }
}

/// Other systems have no such signal: there the next gateway attaches to a server that was left alone.
#[cfg(not(target_os = "linux"))]
fn end_with_this_thread(_command: &mut Command) {}

/// A running server, which stops when it is dropped.
#[derive(Debug)]
pub(super) struct ServerProcess {
    child: Child,
}

impl ServerProcess {
    /// Spawns the server; returns it with the length its log had before.
    pub(super) fn spawn(cluster: &Cluster) -> Result<(Self, u64), Error> {
        let log_failed = |error: io::Error| {
            Error::folder(
                "write to",
                &cluster.layout.log,
                &cluster.account.name,
                &error,
            )
        };
        let log = open_own_file(&cluster.layout.log, &cluster.account).map_err(log_failed)?;
        if log.metadata().map_err(log_failed)?.len() > LONGEST_LOG {
            log.set_len(0).map_err(log_failed)?;
        }
        let log_length = log.metadata().map_err(log_failed)?.len();

        let program = cluster.binaries.program("postgres");
        let mut command = command(&program, cluster);
        command.arg("-D").arg(&cluster.layout.data);
        command.arg("-k").arg(&cluster.layout.socket_directory);
        command.args(["-p", &PORT.to_string()]);
        for setting in settings(cluster) {
            command.args(["-c", &setting]);
        }
        command
            .stdout(log.try_clone().map_err(log_failed)?)
            .stderr(log);
        let child = command
            .spawn()
            .map_err(|error| Error::cannot_run(&program, &cluster.account.name, &error))?;
        Ok((Self { child }, log_length))
    }

    pub(super) fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// How the server ended, if it did. Also takes the ended process off the system's list.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks for a fast shutdown, in which clients are sent away and everything is written to disk.
    pub(super) fn stop(mut self) -> Stopped {
        self.end()
    }

    fn end(&mut self) -> Stopped {
        if self.ended().is_some() {
            return Stopped::WasDown;
        }
        self.send(Signal::SIGINT);
        if self.ends_within(STOP_LIMIT) {
            return Stopped::Cleanly;
        }
        tracing::warn!(
            "PostgreSQL (process {}) did not stop within {} s and is made to end",
            self.id(),
            STOP_LIMIT.as_secs()
        );
        self.send(Signal::SIGQUIT);
        if !self.ends_within(ABORT_LIMIT) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        Stopped::ByForce
    }

    /// The process has not been waited for, so that its id cannot have gone to another.
    fn send(&self, signal: Signal) {
        let _ = kill(self.id(), signal);
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let begin = Instant::now();
        while self.ended().is_none() {
            if begin.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

/// On the command line they outweigh `postgresql.conf`.
fn settings(cluster: &Cluster) -> Vec<String> {
    let max_connections = format!("max_connections={}", cluster.max_connections);
    let mut settings = vec![
        "listen_addresses=",
        &max_connections,
        "unix_socket_permissions=0700",
        "dynamic_shared_memory_type=posix",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_destination=stderr",
        "logging_collector=off",
        "log_line_prefix=%m [%p] ",
    ];
    if !cluster.durable {
        settings.extend([
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "shared_buffers=32MB",
        ]);
    }
    settings.into_iter().map(str::to_owned).collect()
}
