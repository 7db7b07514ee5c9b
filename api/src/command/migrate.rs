//! `fieldgraph migrate`: the schema, forwards and backwards.

use std::io::{IsTerminal, Write};

use clap::Subcommand;
use migration::Migrator;

use super::Failure;
use crate::database::{Databases, connect};
use crate::settings::Settings;

/// Where to bring the schema.
#[derive(Clone, Copy, Subcommand)]
pub enum Action {
    /// Apply every change that is missing; safe to run from several places at once
    Up {
        /// Apply only the next N
        #[arg(long, value_name = "N")]
        steps: Option<u32>,
    },
    /// Take the last change back, and with it every row of its tables
    Down {
        /// Take the last N back
        #[arg(long, value_name = "N", default_value_t = 1)]
        steps: u32,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the changes and whether the database has them
    Status,
    /// Take everything back and apply it again: an empty database
    Fresh {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(settings: &Settings, action: Action) -> Result<(), Failure> {
    if let Action::Down { yes: false, .. } | Action::Fresh { yes: false } = action {
        confirm()?;
    }
    let databases = Databases::open(settings).await?;
    let done = perform(&databases, action).await;
    databases.close().await;
    done
}

async fn perform(databases: &Databases, action: Action) -> Result<(), Failure> {
    let url = databases.owner_url()?;
    if let Action::Status = action {
        let owner = connect(url, 1).await?;
        let steps = migration::status(&owner).await?;
        owner.close().await?;
        let mut out = std::io::stdout();
        for step in steps {
            let state = if step.applied { "applied" } else { "missing" };
            writeln!(out, "{state}  {}", step.name)?;
        }
        return Ok(());
    }
    // Connecting once without the lock gives the better sentence when nothing answers.
    connect(url, 1).await?.close().await?;
    let migrator = Migrator::connect(url).await?;
    match action {
        Action::Up { steps } => migrator.up(steps).await?,
        Action::Down { steps, .. } => migrator.down(Some(steps)).await?,
        Action::Fresh { .. } => {
            migrator.down(None).await?;
            migrator.up(None).await?;
        }
        Action::Status => {}
    }
    let applied = migrator.status().await?;
    migrator.finish().await?;
    writeln!(
        std::io::stdout(),
        "the database has {} of {} changes",
        applied.iter().filter(|step| step.applied).count(),
        applied.len()
    )?;
    Ok(())
}

/// The private database follows the version of the program; a real one is migrated when its operator says so.
pub(super) async fn bring_private_up_to_date(databases: &Databases) -> Result<(), Failure> {
    if databases.private().is_some() {
        let migrator = Migrator::connect(databases.owner_url()?).await?;
        migrator.up(None).await?;
        migrator.finish().await?;
    }
    Ok(())
}

/// At a terminal the word is asked for; elsewhere `--yes` must be given.
fn confirm() -> Result<(), Failure> {
    let mut input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::NotConfirmed);
    }
    write!(
        std::io::stdout(),
        "This deletes rows for good. Type yes to go on: "
    )?;
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(&mut input), &mut answer)?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err(Failure::NotConfirmed)
    }
}
