//! `fieldgraph docs`: the documentation that is generated, so that it cannot lie.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::database::Databases;
use crate::documentation;
use crate::settings::Settings;

/// Where to write it.
#[derive(Args)]
pub struct Arguments {
    /// Folder to write into
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    folder: PathBuf,
    /// Write nothing; exit with 1 and name the files that are not up to date
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(settings: &Settings, arguments: Arguments) -> Result<ExitCode, Failure> {
    let databases = Databases::open(settings).await?;
    let done = perform(&databases, &arguments).await;
    databases.close().await;
    done
}

async fn perform(databases: &Databases, arguments: &Arguments) -> Result<ExitCode, Failure> {
    super::migrate::bring_private_up_to_date(databases).await?;
    let owner = databases.connect_owner().await?;
    let pages = documentation::generate(&owner, &super::description()).await?;
    owner.close().await?;
    let mut stale = false;
    for page in pages {
        let path = arguments.folder.join(page.name);
        if arguments.check {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(page.text.as_str()) {
                stale = true;
                writeln!(
                    std::io::stdout(),
                    "{} is not up to date: run fieldgraph docs",
                    path.display()
                )?;
            }
        } else {
            std::fs::write(&path, page.text)?;
            writeln!(std::io::stdout(), "{}", path.display())?;
        }
    }
    Ok(ExitCode::from(u8::from(stale)))
}
