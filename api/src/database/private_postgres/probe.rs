//! Asks the server over its socket whether it accepts connections.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A server that takes longer is as good as none.
const LIMIT: Duration = Duration::from_secs(1);

/// The start-up packet of protocol 3.0 for a role and a database that exist, because PostgreSQL would write
/// a line into its log for any others.
const START_UP: &[u8] = b"\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0";

/// The message with which a client takes its leave.
const TERMINATE: &[u8] = b"X\0\0\0\x04";

/// In an error message, the field with the code "cannot connect now": starting up or shutting down.
const CANNOT_CONNECT_NOW: &[u8] = b"C57P03\0";

/// Whether the server accepts connections. Any other answer than "not now" says so, even a refusal.
pub(super) fn accepts_connections(socket: &Path) -> bool {
    ask(socket).is_ok_and(|answer| {
        !answer.is_empty()
            && !answer
                .windows(CANNOT_CONNECT_NOW.len())
                .any(|field| field == CANNOT_CONNECT_NOW)
    })
}

fn ask(socket: &Path) -> std::io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    stream.write_all(START_UP)?;
    let mut answer = vec![0; 1024];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    // The answer is known; whether the server hears this does not change it.
    let _ = stream.write_all(TERMINATE);
    Ok(answer)
}
