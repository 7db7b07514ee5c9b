//! An HTTP/1.1 connection that costs little: requests are bytes made beforehand, of an answer only the status and the length
//! are understood.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept alive.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// What was read, of which `body` is a part.
    buffer: Vec<u8>,
    /// A body that came in chunks, put together.
    joined: Vec<u8>,
}

/// How long a body is.
enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    /// Connects to a port of this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(256 * 1024),
            joined: Vec::new(),
        })
    }

    /// Sends a request and reads all of the answer: its status and its body.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let body = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let (status, length) = understand(&self.buffer[..body])?;
        match length {
            Length::Known(length) => {
                while self.buffer.len() < body + length {
                    self.more().await?;
                }
                Ok((status, &self.buffer[body..body + length]))
            }
            Length::Chunked => {
                self.join(body).await?;
                Ok((status, &self.joined))
            }
        }
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn join(&mut self, mut at: usize) -> Result<()> {
        self.joined.clear();
        loop {
            let end = loop {
                if let Some(end) = find(&self.buffer[at..], b"\r\n") {
                    break at + end;
                }
                self.more().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..end])
                .ok()
                .and_then(|line| usize::from_str_radix(line.split(';').next()?.trim(), 16).ok())
                .ok_or_else(|| Error::other("a chunk without its size"))?;
            at = end + 2;
            while self.buffer.len() < at + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(());
            }
            self.joined.extend_from_slice(&self.buffer[at..at + size]);
            at += size + 2;
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn understand(head: &[u8]) -> Result<(u16, Length)> {
    let head = std::str::from_utf8(head).map_err(Error::other)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| Error::other("an answer without a status"))?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("content-length") {
            let length = value.trim().parse().map_err(Error::other)?;
            return Ok((status, Length::Known(length)));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok((status, Length::Chunked));
        }
    }
    Err(Error::other("an answer of unknown length"))
}
