//! The `fieldgraph` command. Everything it does is in the library, so that tests and tools can do it too.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    fieldgraph::command::run().await
}
