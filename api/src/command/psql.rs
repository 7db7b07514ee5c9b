//! `fieldgraph psql`: a psql on the configured database, as the owner of the tables or as the gateway.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use percent_encoding::percent_decode_str;
use url::Url;

use super::Failure;
use crate::database::{Databases, connect};
use crate::settings::Settings;

/// Who to be, and what to pass on.
#[derive(Args)]
pub struct Arguments {
    /// Whose connection it is
    #[arg(long = "as", value_name = "WHO", value_enum, default_value_t = Who::Owner)]
    who: Who,
    /// Work inside this organization; without it row-level security shows no tenant's rows, not even to the owner
    #[arg(long, value_name = "SLUG")]
    organization: Option<String>,
    /// Arguments of psql, after `--`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// The roles to connect as.
#[derive(Clone, Copy, ValueEnum)]
enum Who {
    /// The owner of the tables
    Owner,
    /// The gateway, seeing what an admin sees
    Admin,
    /// The gateway, seeing what a user without memberships sees
    Member,
}

pub(super) async fn run(settings: &Settings, arguments: Arguments) -> Result<ExitCode, Failure> {
    let databases = Databases::open(settings).await?;
    let done = open(&databases, arguments).await;
    databases.close().await;
    done
}

async fn open(databases: &Databases, arguments: Arguments) -> Result<ExitCode, Failure> {
    let mut options = Vec::new();
    let url = match arguments.who {
        Who::Owner => databases.owner_url()?,
        Who::Admin => {
            options.push("-c role=org_admin".to_owned());
            databases.gateway_url()
        }
        Who::Member => {
            options.push("-c role=org_user".to_owned());
            databases.gateway_url()
        }
    };
    if let Some(slug) = &arguments.organization {
        let owner = connect(databases.owner_url()?, 1).await?;
        let organization = super::token::find_organization(&owner, slug).await?;
        owner.close().await?;
        options.push(format!("-c app.organization_id={organization}"));
    }
    let program = match databases.private() {
        Some(private) => private.binaries().join("psql"),
        None => PathBuf::from("psql"),
    };
    let (url, password) = split_password(url);
    let mut command = tokio::process::Command::new(&program);
    command
        .arg(url)
        .args(arguments.arguments)
        .env("PGOPTIONS", options.join(" "));
    if let Some(password) = password {
        // Not among the arguments, where every user of the machine could read it.
        command.env("PGPASSWORD", password);
    }
    // Ctrl+C is psql's to handle while it runs: it ends a query there, not the session.
    let interrupted = tokio::spawn(async {
        loop {
            if tokio::signal::ctrl_c().await.is_err() {
                break;
            }
        }
    });
    let status = command
        .status()
        .await
        .map_err(|reason| Failure::Program { program, reason });
    interrupted.abort();
    Ok(ExitCode::from(
        u8::try_from(status?.code().unwrap_or(1)).unwrap_or(1),
    ))
}

fn split_password(url: &str) -> (String, Option<String>) {
    let Ok(mut parsed) = Url::parse(url) else {
        return (url.to_owned(), None);
    };
    let password = parsed.password().map(|password| {
        percent_decode_str(password)
            .decode_utf8_lossy()
            .into_owned()
    });
    // Fails for URLs that cannot have a password, and those have none.
    let _ = parsed.set_password(None);
    (parsed.into(), password)
}
