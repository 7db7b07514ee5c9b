//! The `fieldgraph` command. Everything it does is in the library, so that tests and tools can do it too.

use std::process::ExitCode;

/// A request makes and drops thousands of small things; this one hands them out for less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    fieldgraph::command::run().await
}
