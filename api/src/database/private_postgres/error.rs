//! What can go wrong with the private PostgreSQL: each variant reads as one sentence with its remedy.

use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::account::{ACCOUNT_VARIABLE, running_as_root};
use super::binaries::{BINARIES_VARIABLE, OLDEST_MAJOR, ServerVersion};

/// Why there is no private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server programs on this machine.
    #[error(
        "PostgreSQL is not installed: run `{install}`, or set DATABASE_URL to a server you have"
    )]
    BinariesNotFound {
        /// The command that installs it on this system.
        install: &'static str,
    },

    /// Not installed, and not to be had.
    #[cfg(feature = "download")]
    #[error(
        "PostgreSQL is not installed and could not be fetched ({reason}): run `{install}`, or set DATABASE_URL to a server you have"
    )]
    DownloadFailed {
        /// What the download says.
        reason: String,
        /// The command that installs it on this system.
        install: &'static str,
    },

    /// The override points somewhere else.
    #[error(
        "{BINARIES_VARIABLE} is {}, where there is no postgres and initdb: set it to the bin directory of PostgreSQL {OLDEST_MAJOR} or newer, or unset it",
        directory.display()
    )]
    NotABinaryDirectory {
        /// The value of the override.
        directory: PathBuf,
    },

    /// Only versions that are too old.
    #[error(
        "PostgreSQL {version} in {} is too old: install {OLDEST_MAJOR} or newer (`{install}`), or set DATABASE_URL to a server you have",
        directory.display()
    )]
    BinariesTooOld {
        /// Where the old version is.
        directory: PathBuf,
        /// Which version it is.
        version: ServerVersion,
        /// The command that installs a newer one on this system.
        install: &'static str,
    },

    /// `postgres --version` failed.
    #[error(
        "{} does not tell its version ({reason}): repair that installation of PostgreSQL, or set {BINARIES_VARIABLE} to the bin directory of another",
        program.display()
    )]
    VersionUnknown {
        /// The program asked.
        program: PathBuf,
        /// What it did instead.
        reason: String,
    },

    /// The data was made by another major version than the one installed.
    #[error(
        "the data in {} is of PostgreSQL {data_major} and the programs in {} are PostgreSQL {version}: {}, or move {} away to begin with an empty database",
        data.display(), directory.display(), way_to_use_data_of(*data_major), data.display()
    )]
    VersionMismatch {
        /// The data folder.
        data: PathBuf,
        /// The major version that made it.
        data_major: u32,
        /// Where the programs are.
        directory: PathBuf,
        /// Their version.
        version: ServerVersion,
    },

    /// A data folder PostgreSQL would not take.
    #[error(
        "{} is not a PostgreSQL data folder, for it has no readable PG_VERSION: move it away to begin with an empty database, or put the backup back",
        data.display()
    )]
    NotADataFolder {
        /// The data folder.
        data: PathBuf,
    },

    /// The data folder vanished while the server ran.
    #[error("the data folder {} is gone: put it back, or restart the gateway to begin with an empty database", data.display())]
    DataFolderGone {
        /// The data folder.
        data: PathBuf,
    },

    /// The account override names nobody.
    #[error(
        "{ACCOUNT_VARIABLE} is {name}, which is no account on this system: set it to one that exists, or unset it"
    )]
    AccountUnknown {
        /// The value of the override.
        name: String,
    },

    /// The account override names root.
    #[error(
        "{ACCOUNT_VARIABLE} is {name}, which is root, and PostgreSQL refuses to run as root: set it to an ordinary account, or unset it"
    )]
    AccountIsRoot {
        /// The value of the override.
        name: String,
    },

    /// Root has no account to run the server as.
    #[error(
        "PostgreSQL refuses to run as root and there is neither an account postgres nor nobody: set {ACCOUNT_VARIABLE} to an ordinary account"
    )]
    NoAccount,

    /// The folder cannot be made, read or written.
    #[error("cannot {action} {} as {account} ({reason}): remove that cause, or choose another folder", path.display())]
    FolderUnusable {
        /// What was tried, as a verb.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// As which account.
        account: String,
        /// What the system said.
        reason: String,
    },

    /// The server's folder belongs to an account the server would not run as.
    #[error(
        "{} belongs to {owner}, but here PostgreSQL would run as {account}: run the gateway as {owner} or as root without {ACCOUNT_VARIABLE}, or choose another folder",
        path.display()
    )]
    OwnedByAnother {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: String,
        /// Who the server would run as.
        account: String,
    },

    /// A link where only a real folder is safe.
    #[error("{} is not a folder of its own: remove that file or symbolic link, so that the gateway can make the folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },

    /// The account that owns the data cannot come near it any more.
    #[error(
        "the account {account} cannot enter {}, where its database is: allow it with `chmod o+x` on the folders above, or move the gateway's folder",
        folder.display()
    )]
    Unreachable {
        /// The folder.
        folder: PathBuf,
        /// The account.
        account: String,
    },

    /// The short directory for the socket is taken.
    #[error(
        "{} belongs to {owner}, and the socket of PostgreSQL cannot go there safely: remove it, or choose a folder with a shorter path",
        path.display()
    )]
    SocketDirectoryTaken {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: String,
    },

    /// A program of PostgreSQL could not even be started.
    #[error(
        "cannot run {} as {account} ({reason}): let {account} run it, set {ACCOUNT_VARIABLE} to an account that can, or set {BINARIES_VARIABLE} to another PostgreSQL",
        program.display()
    )]
    CannotRun {
        /// The program.
        program: PathBuf,
        /// As which account.
        account: String,
        /// What the system said.
        reason: String,
    },

    /// Root without the right to change to another account.
    #[error(
        "PostgreSQL refuses to run as root and root may not run it as {account} here ({reason}): run the gateway as an ordinary account, or give it the capabilities SETUID and SETGID"
    )]
    CannotSwitch {
        /// The account.
        account: String,
        /// What the system said.
        reason: String,
    },

    /// `initdb` gave up.
    #[error("PostgreSQL could not create its data folder {} ({reason}): remove that cause and start again", data.display())]
    InitdbFailed {
        /// The data folder that was to be.
        data: PathBuf,
        /// The last line of `initdb`.
        reason: String,
    },

    /// The server ended instead of accepting connections.
    #[error("PostgreSQL ended while starting ({reason}): remove that cause and start again, more is in {}", log.display())]
    EndedAtStart {
        /// The last complaint in the log.
        reason: String,
        /// The log.
        log: PathBuf,
    },

    /// The server runs and does not answer.
    #[error("PostgreSQL did not accept connections within {seconds} s: look into {} for the cause, and start again", log.display())]
    NotReady {
        /// How long it was given.
        seconds: u64,
        /// The log.
        log: PathBuf,
    },

    /// Another gateway does not finish starting the server.
    #[error("another gateway has held {} for {seconds} s: end that gateway, and start again", lock.display())]
    Locked {
        /// The lock file.
        lock: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },

    /// The system has no thread left.
    #[error(
        "cannot start a thread to watch PostgreSQL ({reason}): raise the limit of processes for this account"
    )]
    NoThread {
        /// What the system said.
        reason: String,
    },

    /// Stopped before it was up.
    #[error("PostgreSQL was not started, because the gateway is stopping: start the gateway again")]
    Stopping,
}

impl Error {
    pub(super) fn folder(
        action: &'static str,
        path: &Path,
        account: &str,
        error: &io::Error,
    ) -> Self {
        Self::FolderUnusable {
            action,
            path: path.to_owned(),
            account: account.to_owned(),
            reason: reason(error),
        }
    }

    pub(super) fn cannot_run(program: &Path, account: &str, error: &io::Error) -> Self {
        let account = account.to_owned();
        let reason = reason(error);
        // A program that may not be run is EACCES; these two come from the change of account.
        let cannot_switch = [Errno::EPERM, Errno::EINVAL]
            .map(|errno| Some(errno as i32))
            .contains(&error.raw_os_error());
        if cannot_switch && running_as_root() {
            Self::CannotSwitch { account, reason }
        } else {
            Self::CannotRun {
                program: program.to_owned(),
                account,
                reason,
            }
        }
    }
}

/// The system's own words, without the error number `std` puts behind them.
pub(super) fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => Errno::from_raw(number).desc().to_lowercase(),
        None => error.to_string(),
    }
}

/// The gateway does not run versions that are too old, so that installing one would not help.
fn way_to_use_data_of(major: u32) -> String {
    if major < OLDEST_MAJOR {
        "bring the data to the newer version with pg_upgrade".to_owned()
    } else {
        format!("install PostgreSQL {major} (or set {BINARIES_VARIABLE} to its bin directory)")
    }
}
