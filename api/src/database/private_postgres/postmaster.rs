//! Reads `postmaster.pid`, in which the server tells its process id and whether it is ready.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::folder::Layout;

/// The server's own word about itself, which it leaves behind when it is killed.
struct Report {
    process: Pid,
    is_ready: bool,
}

fn file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

/// Reads that file, or the lock beside the socket, which begins in the same way.
fn read(file: &Path) -> Option<Report> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    // A negative number stands for a server in single-user mode.
    let process = lines.next()?.trim().parse::<i32>().ok()?;
    let is_ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
    (process > 0).then(|| Report {
        process: Pid::from_raw(process),
        is_ready,
    })
}

/// The process that serves this data folder, if one does.
pub(super) fn alive(data: &Path) -> Option<Pid> {
    read(&file(data))
        .map(|report| report.process)
        .filter(|process| serves(*process, data))
}

/// Whether this process says that it accepts connections.
pub(super) fn says_ready(data: &Path, process: Pid) -> bool {
    read(&file(data)).is_some_and(|report| report.is_ready && report.process == process)
}

/// Whether a process is the server of a data folder, and not a zombie or another that got its number.
pub(super) fn serves(process: Pid, data: &Path) -> bool {
    if !exists(process) {
        return false;
    }
    // The command line, because it alone is readable for root without further capabilities (containers).
    let Ok(command_line) = fs::read(format!("/proc/{process}/cmdline")) else {
        let has_no_proc = !Path::new("/proc/self/cmdline").exists();
        return has_no_proc;
    };
    let arguments: Vec<&Path> = command_line
        .split(|byte| *byte == 0)
        .map(|argument| Path::new(OsStr::from_bytes(argument)))
        .collect();
    let is_server = arguments[0]
        .file_name()
        .is_some_and(|name| name == "postgres" || name == "postmaster");
    let serves_another = arguments
        .windows(2)
        .any(|pair| pair[0] == Path::new("-D") && pair[1].is_absolute() && pair[1] != data);
    is_server && !serves_another
}

/// Removes the locks of a killed server whose process id has gone to another process, or to a zombie nobody
/// reaps: PostgreSQL would take that for a running server. Its shared memory still keeps two servers from
/// using the data at once.
pub(super) fn forget_dead(layout: &Layout) {
    for lock in [file(&layout.data), layout.socket_lock()] {
        if let Some(report) = read(&lock)
            && exists(report.process)
            && !serves(report.process, &layout.data)
        {
            let _ = fs::remove_file(lock);
        }
    }
}

/// A process that may not be signalled belongs to another account, and so is none of ours.
fn exists(process: Pid) -> bool {
    kill(process, None).is_ok()
}
