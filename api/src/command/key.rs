//! `fieldgraph key`: keys for `FIELDGRAPH_JWT_PRIVATE_KEY`.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Failure;
use crate::auth::new_private_key;
use crate::settings::TokenAlgorithm;

/// What to do with keys.
#[derive(Subcommand)]
pub enum Action {
    /// Write a fresh private key that only its owner may read; never over a file that is there
    New(New),
}

/// The key to make.
#[derive(Args)]
pub struct New {
    /// File to write it to, in PEM
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it signs by: ES256, EdDSA or RS256
    #[arg(
        long,
        value_name = "NAME",
        value_enum,
        default_value = "ES256",
        hide_possible_values = true
    )]
    algorithm: TokenAlgorithm,
}

pub(super) fn run(action: Action) -> Result<(), Failure> {
    let Action::New(New { file, algorithm }) = action;
    let pem = new_private_key(algorithm)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut opened| opened.write_all(pem.expose().as_bytes()))
        .map_err(|reason| Failure::KeyFile {
            file: file.clone(),
            reason,
        })?;
    writeln!(
        std::io::stdout(),
        "{} is a key for {}",
        file.display(),
        algorithm.name()
    )?;
    Ok(())
}
