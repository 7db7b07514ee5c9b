//! What the figures were measured on.

use std::fs;
use std::thread::available_parallelism;

use chrono::Utc;
use serde::Serialize;

/// The machine and the day.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Day of the measurement.
    pub date: String,
    /// Model of the processor.
    pub processor: String,
    /// Its cores, shared by the engine, PostgreSQL and the driver.
    pub cores: usize,
    /// Memory in GiB.
    pub memory: f64,
    /// Linux' version.
    pub kernel: String,
    /// PostgreSQL's version.
    pub postgres: String,
    /// Photos in the database.
    pub photos: u64,
}

/// Describes this one.
pub fn describe(postgres: String, photos: u64) -> Machine {
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| {
        let kibibytes: f64 = text.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024.0 / 1024.0)
    });
    Machine {
        date: Utc::now().format("%Y-%m-%d").to_string(),
        processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
        cores: available_parallelism().map_or(1, usize::from),
        memory: memory.unwrap_or(0.0),
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
            .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned()),
        postgres,
        photos,
    }
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
