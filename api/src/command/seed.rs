//! `fieldgraph seed`: demo data, or bulk data for load tests.

use std::io::Write;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::database::Databases;
use crate::seed;
use crate::settings::Settings;

/// How much to seed.
#[derive(Args)]
pub struct Arguments {
    /// Bulk data instead of the demo: N photos over 20 organizations (load-01 …), with all that hangs under them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    scale: Option<u64>,
}

pub(super) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let databases = Databases::open(settings).await?;
    let done = perform(&databases, arguments).await;
    databases.close().await;
    done
}

async fn perform(databases: &Databases, arguments: Arguments) -> Result<(), Failure> {
    super::migrate::bring_private_up_to_date(databases).await?;
    match arguments.scale {
        None => {
            let owner = databases.connect_owner().await?;
            let demo = seed::demo(&owner, &databases.storage()).await?;
            owner.close().await?;
            introduce(&demo)?;
        }
        Some(photos) => {
            let bar = ProgressBar::new(photos).with_style(
                ProgressStyle::with_template("{bar:40} {pos}/{len} photos, {per_sec}, {eta} to go")
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            let show = |done: u64, total: u64| {
                bar.set_length(total);
                bar.set_position(done);
            };
            let begun = Instant::now();
            let bulk = seed::bulk(databases.owner_url()?, photos, &show).await?;
            bar.finish_and_clear();
            writeln!(
                std::io::stdout(),
                "{} photos in {} organizations are there; {} rows written in {:.1} s",
                bulk.photos,
                bulk.organizations,
                bulk.rows_written,
                begun.elapsed().as_secs_f64()
            )?;
        }
    }
    Ok(())
}

/// Tells a newcomer who is in the demo.
pub(super) fn introduce(demo: &seed::Demo) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Demo data is there; everyone's password is {}",
        demo.password
    )?;
    for organization in &demo.organizations {
        writeln!(out, "\n  {} ({})", organization.name, organization.slug)?;
        for user in &organization.users {
            writeln!(
                out,
                "    {:<38} {:<20} {}",
                user.email,
                user.name,
                user.roles.join(", ")
            )?;
        }
    }
    writeln!(out)?;
    Ok(())
}
