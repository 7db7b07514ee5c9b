//! The private PostgreSQL: with no `DATABASE_URL` the gateway runs a server of its own, in its own folder.
//!
//! It listens on a local socket only, ends with the gateway, comes back when it dies, and is shared by
//! all gateways on one folder.

mod account;
mod binaries;
#[cfg(feature = "download")]
mod download;
mod error;
mod folder;
mod initdb;
mod lock;
mod postmaster;
mod probe;
mod process;
mod start;
mod supervisor;

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use account::Account;
use binaries::Binaries;
use folder::Layout;
use supervisor::Supervisor;

pub use binaries::{ServerVersion, find_binaries};
pub use error::Error;
pub use process::Stopped;

/// The role that owns the cluster.
const SUPERUSER: &str = "postgres";

/// Nothing listens on this port; it is only part of the name of the socket file.
const PORT: u16 = 5432;

/// How to run the private PostgreSQL.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gateway's folder, for example `.fieldgraph`; the server gets the folder `postgres` in it.
    pub folder: PathBuf,
    /// `false` switches fsync off, which makes tests faster and loses data in a power cut.
    pub durable: bool,
    /// The bin directory to use, instead of looking for one.
    pub programs: Option<PathBuf>,
    /// The account to run the server as when the gateway is root, instead of the folder's owner, `postgres` or `nobody`.
    pub account: Option<String>,
    /// PostgreSQL's `max_connections`; the gateway that starts the server decides.
    pub max_connections: u32,
}

/// A PostgreSQL that runs for as long as this value lives.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Arc<Cluster>,
    supervisor: Supervisor,
}

/// Everything about one database cluster that stays the same while it is used.
#[derive(Debug)]
struct Cluster {
    layout: Layout,
    account: Account,
    binaries: Binaries,
    durable: bool,
    max_connections: u32,
}

impl PrivatePostgres {
    /// Starts the server, or attaches to the one another gateway runs on the same folder.
    ///
    /// Blocks until the server accepts connections: about a second on a new folder, less later.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let chosen = options.programs.as_deref();
        // First, so that nothing is created where PostgreSQL is not even installed.
        #[cfg(not(feature = "download"))]
        let newest = binaries::find(chosen)?;
        let (layout, account) = folder::locate(&options.folder, options.account.as_deref())?;
        #[cfg(feature = "download")]
        let newest =
            binaries::find(chosen).or_else(|error| download::instead_of(error, &layout.folder))?;
        let binaries = binaries::matching(newest, &layout, chosen)?;
        let cluster = Arc::new(Cluster {
            layout,
            account,
            binaries,
            durable: options.durable,
            max_connections: options.max_connections,
        });
        let supervisor = Supervisor::start(Arc::clone(&cluster))?;
        Ok(Self {
            cluster,
            supervisor,
        })
    }

    /// The connection URL for a role and a database.
    #[must_use]
    pub fn url(&self, user: &str, database: &str) -> String {
        format!(
            "postgresql://{}@localhost:{PORT}/{}?host={}",
            percent_encoded(user.as_bytes()),
            percent_encoded(database.as_bytes()),
            percent_encoded(self.socket_directory().as_os_str().as_bytes()),
        )
    }

    /// The role that may do everything.
    #[must_use]
    pub fn superuser(&self) -> &str {
        SUPERUSER
    }

    /// The directory of the server's socket, as `psql -h` takes it.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        &self.cluster.layout.socket_directory
    }

    /// The directory with `psql`, `pg_dump` and the other programs of this server's version.
    #[must_use]
    pub fn binaries(&self) -> &Path {
        &self.cluster.binaries.directory
    }

    /// The folder really used, which is not the one asked for when the server's account cannot enter that.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.cluster.layout.folder
    }

    /// PostgreSQL's log.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.cluster.layout.log.clone()
    }

    /// The process id of the running server, whoever started it.
    #[must_use]
    pub fn server_process_id(&self) -> Option<u32> {
        postmaster::alive(&self.cluster.layout.data)
            .and_then(|process| u32::try_from(process.as_raw()).ok())
    }

    /// The version of the server.
    #[must_use]
    pub fn server_version(&self) -> &ServerVersion {
        &self.cluster.binaries.version
    }

    /// Whether another gateway runs the server at the moment; this one takes over when that one ends.
    #[must_use]
    pub fn attached(&self) -> bool {
        self.supervisor.attached()
    }

    /// Stops the server and waits for it, unless it belongs to another gateway. Dropping does the same.
    pub fn stop(mut self) -> Stopped {
        self.supervisor.stop()
    }
}

/// Leaves the unreserved characters of a URL and the slash, which is allowed in a query, as they are.
fn percent_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
