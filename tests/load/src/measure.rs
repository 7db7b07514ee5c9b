//! The rounds: for each operation one engine after the other, so that what is compared was measured within a minute.

use std::time::Duration;

use crate::cluster::Cluster;
use crate::drive::{Load, drive};
use crate::engine::Running;
use crate::figures::{Figures, Sample, Subject};
use crate::machine::Machine;
use crate::operation::Operation;
use crate::process::{between, cpu, machine_cpu, peak_memory, tree};
use crate::{Failure, say};

/// What is measured, how often and how long.
pub struct Plan {
    /// The operations.
    pub operations: Vec<Operation>,
    /// How often all of them.
    pub rounds: u32,
    /// Seconds of each measurement.
    pub seconds: f64,
}

/// Measures all engines.
pub async fn measure(
    plan: &Plan,
    machine: Machine,
    subjects: &[(&Running, Vec<Load>)],
    cluster: &Cluster,
) -> Result<Figures, Failure> {
    let time = Duration::from_secs_f64(plan.seconds);
    for (engine, loads) in subjects {
        // Caches are filled, plans made, JavaScript compiled.
        for load in loads {
            drive(engine, load, load.operation.connections().0, time / 2).await?;
        }
    }
    let mut samples = Vec::new();
    for round in 0..plan.rounds {
        for &operation in &plan.operations {
            say(&format!(
                "round {} of {}: {}",
                round + 1,
                plan.rounds,
                operation.name()
            ));
            let begin = round as usize % subjects.len().max(1);
            let (last, first) = subjects.split_at(begin);
            for (engine, loads) in first.iter().chain(last) {
                if let Some(load) = loads.iter().find(|load| load.operation == operation) {
                    samples.push(sample(engine, load, time, round, cluster).await?);
                }
            }
        }
    }
    let subjects = subjects.iter().map(|(engine, _)| Subject {
        name: engine.name().to_owned(),
        limit: engine.is_limit(),
        peak_memory: peak_memory(&tree(engine.process())),
    });
    Ok(Figures {
        machine,
        rounds: plan.rounds,
        seconds: plan.seconds,
        operations: plan.operations.clone(),
        engines: subjects.collect(),
        samples,
    })
}

async fn sample(
    engine: &Running,
    load: &Load,
    time: Duration,
    round: u32,
    cluster: &Cluster,
) -> Result<Sample, Failure> {
    let (many, few) = load.operation.connections();
    drive(engine, load, many, time / 4).await?;
    let driver = [std::process::id()];
    let before = (
        cpu(&tree(engine.process())),
        cpu(&cluster.backends(engine).await?),
        cpu(&driver),
        machine_cpu(),
    );
    let driven = drive(engine, load, many, time).await?;
    let all = machine_cpu().saturating_sub(before.3);
    let server = between(&before.0, &cpu(&tree(engine.process())));
    let postgres = between(&before.1, &cpu(&cluster.backends(engine).await?));
    let driver = between(&before.2, &cpu(&driver));
    let latencies = drive(engine, load, few, time / 2).await?;

    let pieces = load.operation.pieces();
    let thousands = driven.latencies.len() as f64 * pieces / 1000.0;
    let others = all.saturating_sub(server + postgres + driver);
    Ok(Sample {
        engine: engine.name().to_owned(),
        operation: load.operation,
        round,
        rate: driven.rate() * pieces,
        p50: latencies.percentile(0.5),
        p99: latencies.percentile(0.99),
        server_cpu: server as f64 / thousands,
        postgres_cpu: postgres as f64 / thousands,
        driver_cpu: driver as f64 / thousands,
        other_cores: others as f64 / 1000.0 / driven.elapsed.as_secs_f64(),
    })
}
