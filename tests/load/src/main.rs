//! The benchmark: the gateway beside servers without GraphQL (the limit) and other engines, on the same rows, in one run. Every
//! answer is checked before anything is timed; figures are ratios to the limit within a round. `tests/load/README.md` tells more.

mod answer;
mod check;
mod client;
mod cluster;
mod drive;
mod engine;
mod figures;
mod machine;
mod measure;
mod operation;
mod plot;
mod process;
mod record;
mod request;
mod table;
mod tokens;
mod truth;

use std::fs::{self, File};
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use cluster::Cluster;
use engine::{Engine, Running};
use measure::Plan;
use operation::Operation;

/// Photos of a trial run.
const FEW_PHOTOS: u64 = 20_000;

/// Measure the gateway beside servers without GraphQL and other engines, on the same rows
#[derive(Parser)]
struct Arguments {
    /// Engines to measure: folders in tests/load/engines, or paths of folders elsewhere [default: all in tests/load/engines]
    engines: Vec<String>,
    /// A trial: few photos, one short round
    #[arg(long)]
    quick: bool,
    /// Operations to measure [default: all]
    #[arg(long, value_delimiter = ',', value_enum)]
    operations: Vec<Operation>,
    /// Rounds; the order of the engines turns from round to round [default: 3]
    #[arg(long)]
    rounds: Option<u32>,
    /// Seconds of each measurement [default: 4]
    #[arg(long)]
    seconds: Option<f64>,
    /// Photos in the database, over 20 organizations [default: 200000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(20_000..=10_000_000))]
    photos: Option<u64>,
    /// Check the answers and the walls, and measure nothing
    #[arg(long)]
    check: bool,
    /// Put the figures into docs/ and the README of the project
    #[arg(long)]
    record: bool,
    /// Where the private PostgreSQL and the logs are kept [default: target/load]
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Why there are no figures.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database's.
    #[error(transparent)]
    Database(#[from] fieldgraph::database::DatabaseError),
    /// A statement of the benchmark's own.
    #[error("a statement of the benchmark failed: {0}")]
    Statement(#[from] sea_orm::DbErr),
    /// The private PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] fieldgraph::database::private_postgres::Error),
    /// The rows.
    #[error(transparent)]
    Seed(#[from] fieldgraph::seed::Error),
    /// A file, a process, a socket.
    #[error("cannot {task}: {reason}")]
    System {
        /// What was to be done.
        task: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// An engine that cannot be measured.
    #[error("{engine}: {fault}")]
    Engine {
        /// Its name.
        engine: String,
        /// What is wrong.
        fault: String,
    },
    /// Ctrl+C.
    #[error("interrupted; everything that was started is ended")]
    Interrupted,
}

impl Failure {
    fn system(task: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let task = task.into();
        move |reason| Self::System { task, reason }
    }

    fn engine(engine: &str, fault: impl Into<String>) -> Self {
        Self::Engine {
            engine: engine.to_owned(),
            fault: fault.into(),
        }
    }
}

// One thread: the driver takes as little as it can of the cores that it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let answer = tokio::select! {
        answer = run(&arguments) => answer,
        () = interrupted() => Err(Failure::Interrupted),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn interrupted() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Tells whoever waits what is going on.
fn say(text: &str) {
    // Nobody reading it is no reason to end.
    let _ = writeln!(stderr(), "{text}");
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root
        .canonicalize()
        .map_err(Failure::system("find the project"))?;
    let folder = arguments
        .folder
        .clone()
        .unwrap_or_else(|| root.join("target/load"));
    let operations = if arguments.operations.is_empty() {
        Operation::ALL.to_vec()
    } else {
        arguments.operations.clone()
    };
    let (rounds, seconds, photos) = if arguments.quick {
        (1, 1.0, FEW_PHOTOS)
    } else {
        (3, 4.0, 200_000)
    };
    fs::create_dir_all(&folder).map_err(Failure::system(format!("make {}", folder.display())))?;
    let lock = File::create(folder.join("lock")).map_err(Failure::system("write a lock"))?;
    lock.try_lock()
        .map_err(|_| Failure::engine("lock", "another benchmark runs in this folder"))?;
    let plan = Plan {
        operations,
        rounds: arguments.rounds.unwrap_or(rounds),
        seconds: arguments.seconds.unwrap_or(seconds),
    };
    let photos = arguments.photos.unwrap_or(photos);

    let engines = engine::find(&root, &arguments.engines)?;
    for engine in &engines {
        engine.build(&root).await?;
    }
    let cluster = Cluster::start(&folder, photos).await?;
    let truth = truth::read(cluster.superuser()).await?;
    let mut running = Vec::with_capacity(engines.len());
    for engine in engines {
        running.push(start(&cluster, engine, &root, &folder).await?);
    }
    let mut subjects = Vec::with_capacity(running.len());
    for engine in &running {
        let checked = check::check(engine, &plan.operations, &truth, &cluster).await?;
        say(&format!(
            "{}: every answer is right, and the walls stand",
            engine.name()
        ));
        subjects.push((engine, checked));
    }
    if !arguments.check {
        let machine = machine::describe(cluster.postgres_version(), photos);
        let figures = measure::measure(&plan, machine, &subjects, &cluster).await?;
        record::record(
            &figures,
            arguments.record.then_some(root.as_path()),
            &folder,
        )?;
    }
    drop(subjects);
    for engine in running {
        engine.stop().await;
    }
    cluster.stop().await;
    Ok(())
}

async fn start(
    cluster: &Cluster,
    engine: Engine,
    root: &Path,
    folder: &Path,
) -> Result<Running, Failure> {
    let url = cluster.admit(&engine).await?;
    engine.start(&url, root, folder).await
}
