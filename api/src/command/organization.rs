//! `fieldgraph organization`: what an operator does with tenants: list them, change what they pay for, and erase one.

mod delete;
mod list;
mod set;

use clap::Subcommand;

use super::Failure;
use crate::database::Databases;
use crate::settings::Settings;

/// What to do with organizations.
#[derive(Subcommand)]
pub enum Action {
    /// List the organizations with what they have used of their quotas
    List,
    /// Change what an organization pays for, its quotas, or whether its people may work
    Set(set::Arguments),
    /// Erase an organization: every row of it, the audit trail included, and its stored objects; asks twice
    Delete(delete::Arguments),
}

pub(super) async fn run(settings: &Settings, action: Action) -> Result<(), Failure> {
    let databases = Databases::open(settings).await?;
    let done = perform(&databases, action).await;
    databases.close().await;
    done
}

async fn perform(databases: &Databases, action: Action) -> Result<(), Failure> {
    super::migrate::bring_private_up_to_date(databases).await?;
    let owner = databases.connect_owner().await?;
    let done = match action {
        Action::List => list::run(&owner).await,
        Action::Set(arguments) => set::run(&owner, &arguments).await,
        Action::Delete(arguments) => delete::run(&owner, &databases.storage(), &arguments).await,
    };
    owner.close().await?;
    done
}
