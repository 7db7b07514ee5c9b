//! Finds the programs of an installed PostgreSQL: an override, then `PATH`, then the usual places.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Error, reason};
use super::folder::Layout;

/// The setting that names a bin directory to use instead of what a search finds.
pub(super) const BINARIES_VARIABLE: &str = "FIELDGRAPH_POSTGRES_BIN";

/// Older versions lack what the migrations use.
pub(super) const OLDEST_MAJOR: u32 = 15;

/// Folders whose entries are versions of PostgreSQL: the folder, what precedes the version in an entry's
/// name, and where in the entry the programs are.
const INSTALL_PLACES: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // PGDG on Red Hat and SUSE
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// The version of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    /// The major version, for example 17; data of one major version is of no use to another.
    pub major: u32,
    /// The whole version, for example `17.2`.
    pub text: String,
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// One installed PostgreSQL.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) directory: PathBuf,
    pub(super) version: ServerVersion,
}

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The bin directory of the PostgreSQL the gateway would run.
pub fn find_binaries(chosen: Option<&Path>) -> Result<PathBuf, Error> {
    find(chosen).map(|binaries| binaries.directory)
}

/// The PostgreSQL that was chosen, or the first installed one that is new enough.
pub(super) fn find(chosen: Option<&Path>) -> Result<Binaries, Error> {
    if let Some(directory) = chosen {
        return overridden(directory);
    }
    let mut too_old = None;
    let mut broken = None;
    for directory in candidates() {
        match examine(directory) {
            Ok(binaries) if binaries.version.major >= OLDEST_MAJOR => return Ok(binaries),
            Ok(binaries) => too_old = too_old.or(Some(binaries)),
            Err(error) => broken = broken.or(Some(error)),
        }
    }
    Err(match (too_old, broken) {
        (Some(binaries), _) => too_old_error(binaries),
        (None, Some(error)) => error,
        (None, None) => Error::BinariesNotFound {
            install: install_command(),
        },
    })
}

/// The installed PostgreSQL that fits the data there is: after an upgrade of the system the version that
/// made the data is often still installed beside the new one.
pub(super) fn matching(
    newest: Binaries,
    layout: &Layout,
    chosen: Option<&Path>,
) -> Result<Binaries, Error> {
    let Some(data_major) = layout.data_major()? else {
        return Ok(newest);
    };
    if newest.version.major == data_major {
        return Ok(newest);
    }
    let others = match chosen {
        Some(_) => Vec::new(),
        None => candidates(),
    };
    others
        .into_iter()
        .filter_map(|directory| examine(directory).ok())
        .find(|binaries| binaries.version.major == data_major)
        .ok_or(Error::VersionMismatch {
            data: layout.data.clone(),
            data_major,
            directory: newest.directory,
            version: newest.version,
        })
}

fn overridden(directory: &Path) -> Result<Binaries, Error> {
    let real = real_directory(directory).ok_or_else(|| Error::NotABinaryDirectory {
        directory: directory.to_owned(),
    })?;
    let binaries = examine(real)?;
    if binaries.version.major < OLDEST_MAJOR {
        Err(too_old_error(binaries))
    } else {
        Ok(binaries)
    }
}

fn too_old_error(binaries: Binaries) -> Error {
    Error::BinariesTooOld {
        directory: binaries.directory,
        version: binaries.version,
        install: install_command(),
    }
}

/// Every directory with a PostgreSQL, the preferred one first.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::env::split_paths(&path)
        .filter_map(|directory| real_directory(&directory))
        .collect();
    for (place, prefix, inside) in INSTALL_PLACES {
        found.extend(newest_first(Path::new(place), prefix, inside));
    }
    found
}

fn newest_first(place: &Path, prefix: &str, inside: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let major = leading_number(name.to_str()?.strip_prefix(prefix)?)?;
            Some((major, real_directory(&entry.path().join(inside))?))
        })
        .collect();
    versions.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    versions
        .into_iter()
        .map(|(_, directory)| directory)
        .collect()
}

/// Follows links from a directory to the one the programs really are in: a directory of links, like
/// `/usr/local/bin`, may have only some of them.
pub(super) fn real_directory(directory: &Path) -> Option<PathBuf> {
    let server = directory.join("postgres").canonicalize().ok()?;
    let real = server.parent()?;
    (server.is_file() && real.join("initdb").is_file()).then(|| real.to_owned())
}

pub(super) fn examine(directory: PathBuf) -> Result<Binaries, Error> {
    let program = directory.join("postgres");
    let unknown = |reason: String| Error::VersionUnknown {
        program: program.clone(),
        reason,
    };
    let output = Command::new(&program)
        .arg("--version")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unknown(reason(&error)))?;
    // "postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)"
    let answer = String::from_utf8_lossy(&output.stdout);
    let text = answer
        .split_whitespace()
        .nth(2)
        .unwrap_or_default()
        .to_owned();
    match leading_number(&text) {
        Some(major) => Ok(Binaries {
            directory,
            version: ServerVersion { major, text },
        }),
        None => Err(unknown(format!(
            "`postgres --version` ended with {}",
            output.status
        ))),
    }
}

/// The number a version begins with; development versions go on with letters (`18beta1`).
fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

fn install_command() -> &'static str {
    if cfg!(target_os = "macos") {
        return "brew install postgresql@17";
    }
    let package_managers = [
        ("/usr/bin/apt", "apt install postgresql"),
        ("/usr/bin/dnf", "dnf install postgresql-server"),
        ("/usr/bin/zypper", "zypper install postgresql-server"),
        ("/sbin/apk", "apk add postgresql"),
        ("/usr/bin/pacman", "pacman -S postgresql"),
    ];
    package_managers
        .into_iter()
        .find(|(program, _)| Path::new(program).exists())
        .map_or("apt install postgresql", |(_, command)| command)
}
