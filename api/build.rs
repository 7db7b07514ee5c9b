//! The folder that holds GraphiQL once `web/` was built: there in any case, and looked into again when a release embeds it.

use std::{env, fs, io};

const GRAPHIQL: &str = "../web/dist";

fn main() -> io::Result<()> {
    fs::create_dir_all(GRAPHIQL)?;
    // Other builds read the files when they are asked for, and need not be built anew.
    let embedded = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if embedded { GRAPHIQL } else { "build.rs" };
    println!("cargo::rerun-if-changed={watched}");
    Ok(())
}
