//! Where the figures go: to whoever waits, into the folder of the benchmark, and on request into the project's documentation.

use std::fs;
use std::io::{Error, Write, stdout};
use std::path::Path;

use crate::Failure;
use crate::figures::Figures;
use crate::{plot, say, table};

/// Around the figures in the README.
const BEGIN: &str = "<!-- benchmark -->";
const END: &str = "<!-- /benchmark -->";

/// Prints the tables and keeps all; `project` is the root of the project whose pages shall show them.
pub fn record(figures: &Figures, project: Option<&Path>, folder: &Path) -> Result<(), Failure> {
    // Nobody reading it is no reason not to keep it.
    let _ = writeln!(stdout(), "{}", table::all(figures));
    keep(figures, folder).map_err(Failure::system(format!("write into {}", folder.display())))?;
    say(&format!("kept in {}", folder.display()));
    if let Some(root) = project {
        keep(figures, &root.join("docs")).map_err(Failure::system("write into docs"))?;
        let readme = root.join("README.md");
        let shown = fs::read_to_string(&readme).and_then(|text| {
            let shown = between_marks(&text, &table::short(figures))
                .ok_or_else(|| Error::other(format!("{BEGIN} and {END} are missing")))?;
            fs::write(&readme, shown)
        });
        shown.map_err(Failure::system("write into README.md"))?;
    }
    Ok(())
}

fn keep(figures: &Figures, folder: &Path) -> Result<(), Error> {
    let json = serde_json::to_string_pretty(figures).map_err(Error::other)?;
    fs::write(folder.join("benchmark.json"), json + "\n")?;
    fs::write(folder.join("benchmark.svg"), plot::svg(figures))
}

fn between_marks(text: &str, shown: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{shown}\n{END}{after}"))
}
