//! The load: so many connections, each of which sends its next request when the last is answered. Every answer is held against
//! the one that was checked.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::Failure;
use crate::client::Connection;
use crate::engine::Running;
use crate::operation::Operation;
use crate::request::Request;

/// The requests of an operation, with what has to come back.
pub struct Load {
    /// The operation.
    pub operation: Operation,
    /// They are sent in turn.
    pub requests: Vec<(Request, Expected)>,
}

/// What has to come back.
pub enum Expected {
    /// These bytes.
    Bytes(Vec<u8>),
    /// As many bytes: new ids are in it.
    Length(usize),
}

/// What came of it.
pub struct Driven {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long each answer took, in microseconds, the shortest first.
    pub latencies: Vec<u32>,
}

impl Driven {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that a share of the requests did not exceed, in milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies
            .get(place)
            .map_or(0.0, |&microseconds| f64::from(microseconds) / 1000.0)
    }
}

impl Expected {
    fn fits(&self, body: &[u8]) -> bool {
        match self {
            Self::Bytes(bytes) => bytes == body,
            Self::Length(length) => *length == body.len(),
        }
    }
}

/// Drives an engine for that long.
pub async fn drive(
    engine: &Running,
    load: &Load,
    connections: usize,
    time: Duration,
) -> Result<Driven, Failure> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        let connection = Connection::open(engine.port()).await;
        open.push(connection.map_err(Failure::system(format!("connect to {}", engine.name())))?);
    }
    let next = Cell::new(0);
    let begun = Instant::now();
    let loops = open
        .into_iter()
        .map(|connection| go_round(connection, engine, load, &next, begun + time));
    let latencies = try_join_all(loops).await?;
    let elapsed = begun.elapsed();
    let mut latencies = latencies.concat();
    latencies.sort_unstable();
    Ok(Driven { elapsed, latencies })
}

async fn go_round(
    mut connection: Connection,
    engine: &Running,
    load: &Load,
    next: &Cell<usize>,
    end: Instant,
) -> Result<Vec<u32>, Failure> {
    let mut latencies = Vec::new();
    let mut space = Vec::new();
    loop {
        let begun = Instant::now();
        if begun >= end {
            return Ok(latencies);
        }
        let place = next.get();
        next.set(place + 1);
        let (request, expected) = &load.requests[place % load.requests.len()];
        let (status, body) =
            connection
                .ask(request.bytes(&mut space))
                .await
                .map_err(Failure::system(format!(
                    "read an answer of {}",
                    engine.name()
                )))?;
        latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        if status != 200 || !expected.fits(body) {
            let body: String = String::from_utf8_lossy(body).chars().take(500).collect();
            let fault = format!(
                "{} under load: another answer than before, status {status}: {body}",
                load.operation.name()
            );
            return Err(Failure::engine(engine.name(), fault));
        }
    }
}
