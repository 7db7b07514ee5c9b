//! The figures, and what is made of them: medians over the rounds, ratios taken within a round.

use serde::Serialize;

use crate::machine::Machine;
use crate::operation::Operation;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// On what.
    pub machine: Machine,
    /// How often.
    pub rounds: u32,
    /// Seconds of each measurement.
    pub seconds: f64,
    /// The operations.
    pub operations: Vec<Operation>,
    /// The engines.
    pub engines: Vec<Subject>,
    /// Each measurement.
    pub samples: Vec<Sample>,
}

/// An engine that was measured.
#[derive(Debug, Serialize)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Whether others are measured by it.
    pub limit: bool,
    /// The most memory that it held, in MiB.
    pub peak_memory: f64,
}

/// One measurement of an engine and an operation. CPU is in milliseconds for 1,000 requests, or 1,000 rows of Record.
#[derive(Debug, Serialize)]
pub struct Sample {
    /// The engine.
    pub engine: String,
    /// The operation.
    pub operation: Operation,
    /// Counted from 0.
    pub round: u32,
    /// Requests per second, or rows of Record.
    pub rate: f64,
    /// Milliseconds that half of the answers took at most, with few connections.
    pub p50: f64,
    /// Milliseconds that 99 of 100 answers took at most, with few connections.
    pub p99: f64,
    /// The engine's CPU.
    pub server_cpu: f64,
    /// PostgreSQL's CPU for it.
    pub postgres_cpu: f64,
    /// The driver's CPU.
    pub driver_cpu: f64,
    /// Cores that anything else took in the meantime.
    pub other_cores: f64,
}

impl Sample {
    /// CPU of engine and PostgreSQL.
    pub fn cpu(&self) -> f64 {
        self.server_cpu + self.postgres_cpu
    }
}

/// An engine and an operation over all rounds.
#[derive(Debug)]
pub struct Summary {
    /// Requests per second.
    pub rate: f64,
    /// Of the better limit's, where there is one.
    pub share: Option<f64>,
    /// Milliseconds of CPU for 1,000 requests.
    pub cpu: f64,
    /// So many times the CPU of the limit that takes least.
    pub times: Option<f64>,
    /// Milliseconds, with few connections.
    pub p50: f64,
    /// Milliseconds, with few connections.
    pub p99: f64,
}

impl Figures {
    /// The engines, those first that others are measured by.
    pub fn in_order(&self) -> Vec<&Subject> {
        let mut engines: Vec<&Subject> = self.engines.iter().collect();
        engines.sort_by_key(|engine| (!engine.limit, engine.name != "fieldgraph", &engine.name));
        engines
    }

    /// An engine and an operation over all rounds, if it knows the operation.
    pub fn summary(&self, engine: &str, operation: Operation) -> Option<Summary> {
        let own: Vec<&Sample> = self
            .samples
            .iter()
            .filter(|sample| sample.engine == engine && sample.operation == operation)
            .collect();
        let each = |figure: &dyn Fn(&Sample) -> Option<f64>| {
            median(own.iter().filter_map(|sample| figure(sample)).collect())
        };
        Some(Summary {
            rate: each(&|sample| Some(sample.rate))?,
            share: each(&|sample| {
                Some(sample.rate / self.of_limits(sample, Sample::rate, f64::max)?)
            }),
            cpu: each(&|sample| Some(sample.cpu()))?,
            times: each(&|sample| {
                Some(sample.cpu() / self.of_limits(sample, Sample::cpu, f64::min)?)
            }),
            p50: each(&|sample| Some(sample.p50))?,
            p99: each(&|sample| Some(sample.p99))?,
        })
    }

    /// Cores that something else took, on average: the less, the more the figures can be trusted.
    pub fn other_cores(&self) -> f64 {
        let sum: f64 = self.samples.iter().map(|sample| sample.other_cores).sum();
        sum / self.samples.len().max(1) as f64
    }

    /// The best figure of the limits in the round of a sample.
    fn of_limits(
        &self,
        beside: &Sample,
        figure: fn(&Sample) -> f64,
        better: fn(f64, f64) -> f64,
    ) -> Option<f64> {
        let is_limit = |name: &str| {
            self.engines
                .iter()
                .any(|engine| engine.limit && engine.name == name)
        };
        self.samples
            .iter()
            .filter(|sample| sample.round == beside.round && sample.operation == beside.operation)
            .filter(|sample| is_limit(&sample.engine))
            .map(figure)
            .reduce(better)
    }
}

impl Sample {
    fn rate(&self) -> f64 {
        self.rate
    }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    let upper = *figures.get(middle)?;
    Some(if figures.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(figures[middle - 1], upper)
    })
}
