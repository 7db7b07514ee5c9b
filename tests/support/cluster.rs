//! The one PostgreSQL of a run: started by the first test that needs it, without fsync, gone with the process.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use fieldgraph::database::private_postgres::{Options, PrivatePostgres};
use fieldgraph::database::{GATEWAY_ROLE, OWNER_ROLE, create_database};
use migration::Migrator;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// The folders of earlier runs begin with this, and end with the process id of the run.
const FOLDER_PREFIX: &str = "fieldgraph-tests-";

/// A running PostgreSQL with its templates.
pub struct Cluster {
    postgres: PrivatePostgres,
    storage: PathBuf,
    templates: Mutex<Vec<&'static str>>,
}

/// What a database of a test starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    /// All changes applied, no row but the built-in roles and permissions.
    Migrated,
    /// The demo data on top.
    Demo,
}

impl Template {
    const fn name(self) -> &'static str {
        match self {
            Self::Migrated => "template_migrated",
            Self::Demo => "template_demo",
        }
    }
}

impl Cluster {
    /// The cluster of this run.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| {
            sweep();
            let folder = folder_of(std::process::id());
            let postgres = PrivatePostgres::start(&Options {
                folder: folder.clone(),
                durable: false,
                programs: chosen_programs(),
                account: None,
                max_connections: 200,
            })
            .expect("a PostgreSQL for the tests");
            Self {
                postgres,
                storage: folder.join("storage"),
                templates: Mutex::default(),
            }
        })
    }

    /// The private PostgreSQL behind it.
    pub fn postgres(&self) -> &PrivatePostgres {
        &self.postgres
    }

    /// Where the demo's pictures are.
    pub fn storage(&self) -> &Path {
        &self.storage
    }

    /// URL of a database as the owner of its tables.
    pub fn owner_url(&self, database: &str) -> String {
        self.postgres.url(OWNER_ROLE, database)
    }

    /// URL of a database as the gateway.
    pub fn gateway_url(&self, database: &str) -> String {
        self.postgres.url(GATEWAY_ROLE, database)
    }

    /// URL of a database as the superuser, whom no wall stops.
    pub fn superuser_url(&self, database: &str) -> String {
        self.postgres.url(self.postgres.superuser(), database)
    }

    /// The name of a template, made by the first test that asks for it. Blocks the others until it is there.
    pub(crate) fn template(&'static self, template: Template) -> &'static str {
        let mut made = self.templates.lock().expect("templates");
        if !made.contains(&template.name()) {
            // A runtime of its own: the tests' runtimes are blocked here.
            std::thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime")
                    .block_on(self.make(template));
            })
            .join()
            .expect("a template");
            made.push(template.name());
        }
        template.name()
    }

    async fn make(&self, template: Template) {
        create_database(&self.postgres, template.name())
            .await
            .expect("an empty database");
        let url = self.owner_url(template.name());
        let migrator = Migrator::connect(&url).await.expect("a migrator");
        migrator.up(None).await.expect("all changes");
        migrator.finish().await.expect("a finished migrator");
        if template == Template::Demo {
            let owner = fieldgraph::database::connect(&url, 4)
                .await
                .expect("the owner");
            fieldgraph::seed::demo(&owner, &self.storage)
                .await
                .expect("the demo");
            owner.close().await.expect("a closed connection");
        }
    }
}

/// The same setting as the program's: to run the tests on another PostgreSQL.
pub fn chosen_programs() -> Option<PathBuf> {
    std::env::var_os("FIELDGRAPH_POSTGRES_BIN").map(PathBuf::from)
}

fn folder_of(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("{FOLDER_PREFIX}{process}"))
}

/// Takes away what runs left behind that are over: a static is never dropped, so each run cleans up after the last.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let process = name
            .to_str()
            .and_then(|name| name.strip_prefix(FOLDER_PREFIX))
            .and_then(|process| process.parse().ok());
        if let Some(process) = process
            && kill(Pid::from_raw(process), None) == Err(nix::errno::Errno::ESRCH)
        {
            // Another run may sweep at the same moment, or it belongs to somebody else: then it is not ours to take.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
