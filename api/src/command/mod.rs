//! The command line: what may be asked of `fieldgraph`, and how it answers when it cannot.

mod audit;
mod demo_people;
mod docs;
mod doctor;
mod failure;
mod key;
mod migrate;
mod organization;
mod psql;
mod schema;
mod seed;
mod serve;
mod tenant;
mod token;
mod user;

use std::io::{ErrorKind, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

pub use failure::Failure;

use crate::settings::{Options, Settings};

/// The multi-tenant GraphQL gateway for field evidence
///
/// Without a command it serves. Without a database it keeps a private PostgreSQL in its data folder, with demo data.
#[derive(Parser)]
#[command(name = "fieldgraph", version, after_long_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

const EXAMPLES: &str = "\
Examples:
  fieldgraph                                          serve, from a private PostgreSQL with demo data
  fieldgraph token --organization northwind --user admin@northwind.example
                                                      a token to try things out with
  DATABASE_URL=postgresql://fieldgraph_gateway:…@db/fieldgraph \\
  MIGRATION_DATABASE_URL=postgresql://owner:…@db/fieldgraph \\
    fieldgraph migrate up                             bring a real database up to date
  fieldgraph doctor                                   what is configured, and does it work?
  fieldgraph psql --organization northwind -- -c 'SELECT count(*) FROM photos'";

#[derive(Subcommand)]
enum Command {
    /// Serve until asked to end (Ctrl+C or SIGTERM); what `fieldgraph` does without a command
    Serve,
    /// Bring the schema of the database to another state
    #[command(subcommand)]
    Migrate(migrate::Action),
    /// Put demo data, or bulk data for load tests, into the database
    Seed(seed::Arguments),
    /// Print a signed token for a user, to try things out with
    Token(token::Arguments),
    /// Make keys that sign tokens
    #[command(subcommand)]
    Key(key::Action),
    /// Print the graph's schema in its own language, sorted
    Schema,
    /// Administer users
    #[command(subcommand)]
    User(user::Action),
    /// List organizations, change what they pay for, or erase one
    #[command(subcommand)]
    Organization(organization::Action),
    /// Read the audit trail
    #[command(subcommand)]
    Audit(audit::Action),
    /// Say what is configured, what is reachable and whether the walls between tenants stand
    Doctor(doctor::Arguments),
    /// Write the documentation that is generated from the live schema and from the settings
    Docs(docs::Arguments),
    /// Open psql on the configured database; what follows is passed to it
    Psql(psql::Arguments),
}

/// Runs the command line of this process.
pub async fn run() -> ExitCode {
    let CommandLine { command, options } = CommandLine::parse();
    let answer = match options.resolve() {
        Ok(settings) => {
            start_log(&settings);
            perform(command.unwrap_or(Command::Serve), &settings).await
        }
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(code) => code,
        // Whoever read the output has seen enough, as `head` does.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn perform(command: Command, settings: &Settings) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve => serve::run(settings).await?,
        Command::Migrate(action) => migrate::run(settings, action).await?,
        Command::Seed(arguments) => seed::run(settings, arguments).await?,
        Command::Token(arguments) => token::run(settings, arguments).await?,
        Command::Key(action) => key::run(action)?,
        Command::Schema => schema::run()?,
        Command::User(action) => user::run(settings, action).await?,
        Command::Organization(action) => organization::run(settings, action).await?,
        Command::Audit(action) => audit::run(settings, action).await?,
        Command::Doctor(arguments) => return doctor::run(settings, arguments).await,
        Command::Docs(arguments) => return docs::run(settings, arguments).await,
        Command::Psql(arguments) => return psql::run(settings, arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// The command line as clap knows it, for the documentation.
pub fn description() -> clap::Command {
    CommandLine::command()
}

/// The log goes to standard error: standard output is for answers.
fn start_log(settings: &Settings) {
    let filter = EnvFilter::builder().parse_lossy(&settings.log);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a command says why it failed"
)]
fn report(failure: &Failure) {
    eprintln!("error: {failure}");
}
