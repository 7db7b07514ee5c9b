//! Creates the data folder, all or nothing.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Output;

use super::error::Error;
use super::process::command;
use super::{Cluster, SUPERUSER};

/// Where `initdb` works until it is done; the process id follows, for what a killed `initdb` leaves behind
/// may still be written to.
const UNFINISHED: &str = "data.new-";

/// The preferred locale, which sorts by code point and knows the letters of all languages, and the one
/// every system has.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Creates the data folder unless there is one. The caller holds the lock.
pub(super) fn ensure_data(cluster: &Cluster) -> Result<(), Error> {
    let layout = &cluster.layout;
    if layout.data_major()?.is_some() {
        return Ok(());
    }
    remove_unfinished(&layout.home);
    let unfinished = layout
        .home
        .join(format!("{UNFINISHED}{}", std::process::id()));
    let result = create(cluster, &unfinished);
    if result.is_err() {
        remove_unfinished(&layout.home);
    }
    result
}

fn create(cluster: &Cluster, unfinished: &Path) -> Result<(), Error> {
    let data = &cluster.layout.data;
    let mut complaint = String::new();
    for locale in LOCALES {
        let output = initdb(cluster, unfinished, locale)?;
        if output.status.success() {
            return publish(cluster, unfinished)
                .map_err(|error| Error::folder("create", data, &cluster.account.name, &error));
        }
        complaint = complaint_of(&output);
        if !complaint.contains("locale") {
            break;
        }
    }
    Err(Error::InitdbFailed {
        data: data.clone(),
        reason: complaint,
    })
}

fn initdb(cluster: &Cluster, unfinished: &Path, locale: &str) -> Result<Output, Error> {
    let program = cluster.binaries.program("initdb");
    let mut command = command(&program, cluster);
    command
        .args([
            "--username",
            SUPERUSER,
            "--encoding",
            "UTF8",
            "--locale",
            locale,
        ])
        .args([
            "--auth-local",
            "trust",
            "--auth-host",
            "reject",
            "--no-instructions",
        ])
        .arg("--pgdata")
        .arg(unfinished);
    if !cluster.durable {
        command.arg("--no-sync");
    }
    command
        .output()
        .map_err(|error| Error::cannot_run(&program, &cluster.account.name, &error))
}

fn publish(cluster: &Cluster, unfinished: &Path) -> io::Result<()> {
    fs::rename(unfinished, &cluster.layout.data)?;
    if cluster.durable {
        File::open(&cluster.layout.home)?.sync_all()?;
    }
    Ok(())
}

/// The last error of `initdb`, or else the last it said, without its name in front.
fn complaint_of(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let after = |line: &str, marker: &str| Some(line.split_once(marker)?.1.trim().to_owned());
    text.lines()
        .rev()
        .find_map(|line| after(line, "error: ").or_else(|| after(line, "FATAL:  ")))
        .or_else(|| text.lines().rev().find_map(|line| after(line, "initdb: ")))
        .unwrap_or_else(|| format!("initdb ended with {}", output.status))
}

/// Failing is harmless here: a new attempt has a name of its own.
fn remove_unfinished(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
