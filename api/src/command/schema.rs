//! `fieldgraph schema`: the graph's schema on standard output; `schema.graphql` is made with it.

use std::io::Write;

use super::Failure;
use crate::schema;
use crate::server::graphql::sorted_sdl;

pub(super) fn run() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(sorted_sdl(&schema::build()).as_bytes())?;
    out.flush()?;
    Ok(())
}
