//! The private PostgreSQL through what happens to processes: kill -9 of the gateway, of PostgreSQL, and two gateways on one folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Program, program, until};

/// A folder for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fieldgraph-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn serve(&self) -> Program {
        let data = self.data();
        let program = Program::serve(|command| {
            command.env("FIELDGRAPH_DATA_DIR", &data);
        });
        program.wait_until_ready();
        program
    }

    /// Runs a command of the program on this folder.
    fn run(&self, arguments: &[&str]) -> Output {
        run_in(&self.data(), arguments)
    }

    /// The first line that PostgreSQL wrote to its pid file: its process.
    fn postmaster(&self) -> Option<Pid> {
        let file = self.data().join("postgres/data/postmaster.pid");
        let text = std::fs::read_to_string(file).ok()?;
        Some(Pid::from_raw(text.lines().next()?.parse().ok()?))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data().join("postgres/postgres.log")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run_in(data: &Path, arguments: &[&str]) -> Output {
    Command::new(program())
        .args(arguments)
        .env("FIELDGRAPH_DATA_DIR", data)
        .output()
        .unwrap()
}

fn answer(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn is_alive(process: Pid) -> bool {
    kill(process, None).is_ok()
}

#[test]
fn a_newcomer_gets_demo_data_once_and_a_second_start_keeps_it() {
    let folder = Folder::new("newcomer");
    let first = folder.serve();
    assert!(first.greeting.contains("admin@northwind.example"));
    assert_eq!(first.get("/health/live").unwrap().0, 200);
    drop(first);

    let second = folder.serve();
    assert!(
        !second.greeting.contains("Demo data"),
        "an empty database gets the demo, no other: {}",
        second.greeting
    );
    let photos = folder.run(&[
        "psql",
        "--organization",
        "northwind",
        "--",
        "-Atc",
        "SELECT count(*) > 10 FROM photos",
    ]);
    assert_eq!(answer(&photos), "t");
}

#[test]
fn killing_the_gateway_ends_postgresql_cleanly_and_loses_nothing() {
    let folder = Folder::new("gateway-killed");
    let mut gateway = folder.serve();
    let postmaster = folder.postmaster().unwrap();
    let written = folder.run(&[
        "psql",
        "--organization",
        "northwind",
        "--",
        "-qAtc",
        "UPDATE projects SET description = 'written before the kill' WHERE name = (SELECT min(name) FROM projects) RETURNING 1",
    ]);
    assert_eq!(answer(&written), "1");

    gateway.signal(Signal::SIGKILL);
    gateway.wait();
    until("PostgreSQL has ended by itself", || !is_alive(postmaster));
    assert!(
        folder.log().contains("database system is shut down"),
        "it was a clean shutdown"
    );

    let _again = folder.serve();
    let read = folder.run(&[
        "psql",
        "--organization",
        "northwind",
        "--",
        "-Atc",
        "SELECT count(*) FROM projects WHERE description = 'written before the kill'",
    ]);
    assert_eq!(answer(&read), "1");
}

#[test]
fn killing_postgresql_brings_it_back_under_the_same_gateway() {
    let folder = Folder::new("postgres-killed");
    let gateway = folder.serve();
    let postmaster = folder.postmaster().unwrap();

    kill(postmaster, Signal::SIGKILL).unwrap();
    until("another PostgreSQL runs", || {
        folder
            .postmaster()
            .is_some_and(|process| process != postmaster && is_alive(process))
    });
    gateway.wait_until_ready();
    assert!(is_alive(gateway.process()), "the gateway lived through it");
}

#[test]
fn two_gateways_share_a_folder_and_the_second_takes_over() {
    let folder = Folder::new("shared");
    let mut first = folder.serve();
    let postmaster = folder.postmaster().unwrap();
    let second = folder.serve();
    assert_eq!(
        folder.postmaster(),
        Some(postmaster),
        "one PostgreSQL serves both"
    );

    first.signal(Signal::SIGKILL);
    first.wait();
    until("the second gateway runs PostgreSQL", || {
        folder
            .postmaster()
            .is_some_and(|process| process != postmaster && is_alive(process))
    });
    second.wait_until_ready();
}

#[test]
fn stopping_the_gateway_stops_postgresql() {
    let folder = Folder::new("stopped");
    let mut gateway = folder.serve();
    let postmaster = folder.postmaster().unwrap();
    gateway.signal(Signal::SIGTERM);
    assert!(gateway.wait().success());
    assert!(!is_alive(postmaster));
}

#[test]
fn what_cannot_be_started_says_why_in_one_sentence() {
    let folder = Folder::new("sentences");
    let data = folder.data();

    let elsewhere = Command::new(program())
        .args(["migrate", "status"])
        .env("FIELDGRAPH_DATA_DIR", &data)
        .env("FIELDGRAPH_POSTGRES_BIN", "/nowhere")
        .output()
        .unwrap();
    assert_sentence(
        &elsewhere,
        "FIELDGRAPH_POSTGRES_BIN is /nowhere, where there is no postgres and initdb",
    );

    answer(&run_in(&data, &["migrate", "status"]));
    let version = data.join("postgres/data/PG_VERSION");
    std::fs::write(&version, "9\n").unwrap();
    assert_sentence(
        &run_in(&data, &["migrate", "status"]),
        "is of PostgreSQL 9 and the programs in",
    );

    std::fs::remove_file(&version).unwrap();
    assert_sentence(
        &run_in(&data, &["migrate", "status"]),
        "is not a PostgreSQL data folder",
    );
}

/// One line, with what is wrong, and nothing started.
fn assert_sentence(output: &Output, part: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    let sentence = said.trim();
    assert!(!output.status.success());
    assert!(
        sentence.starts_with("error: ") && sentence.contains(part),
        "{said}"
    );
    assert_eq!(sentence.lines().count(), 1, "{said}");
}
