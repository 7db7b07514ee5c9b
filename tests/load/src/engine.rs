//! An engine: a folder with `start`, perhaps `build`, `setup.sql` and `engine.json`, and `queries.graphql`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::operation::Operation;
use crate::tokens::SECRET;
use crate::{Failure, say};

/// Connections to the database, for every engine.
pub const CONNECTIONS: u32 = 10;

/// How long an engine may take until it listens, and until it has ended.
const START_LIMIT: Duration = Duration::from_secs(60);
const END_LIMIT: Duration = Duration::from_secs(10);

/// An engine that does not run yet.
#[derive(Debug)]
pub struct Engine {
    name: String,
    folder: PathBuf,
    documents: BTreeMap<Operation, String>,
    manifest: Manifest,
    setup: Option<String>,
}

/// `engine.json`. What else is in it is for others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Manifest {
    /// Others are measured by it.
    limit: bool,
    /// Its role stands outside of row-level security; it says the organization itself.
    bypasses_walls: bool,
    /// Where in `data` the answer's rows are, if that is not the first field.
    paths: BTreeMap<String, String>,
    /// Variables, where they are not those of `Operation::variables`.
    inputs: BTreeMap<String, Value>,
}

/// An engine that runs; it is ended with this value.
#[derive(Debug)]
pub struct Running {
    engine: Engine,
    child: Child,
    process: u32,
    port: u16,
}

/// The engines that are asked for, or all.
pub fn find(root: &Path, wanted: &[String]) -> Result<Vec<Engine>, Failure> {
    let home = root.join("tests/load/engines");
    if wanted.is_empty() {
        let entries = fs::read_dir(&home).map_err(Failure::system("read the engines"))?;
        let mut folders: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join("start").exists())
            .collect();
        folders.sort();
        return folders.into_iter().map(Engine::read).collect();
    }
    let folder = |name: &String| {
        let own = home.join(name);
        if own.is_dir() {
            own
        } else {
            PathBuf::from(name)
        }
    };
    wanted
        .iter()
        .map(|name| Engine::read(folder(name)))
        .collect()
}

impl Engine {
    fn read(folder: PathBuf) -> Result<Self, Failure> {
        let name = folder
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let document = folder.join("queries.graphql");
        let document = fs::read_to_string(&document)
            .map_err(Failure::system(format!("read {}", document.display())))?;
        let manifest = match fs::read_to_string(folder.join("engine.json")) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| Failure::engine(&name, format!("engine.json: {error}")))?,
            Err(_) => Manifest::default(),
        };
        Ok(Self {
            documents: operations(&document),
            setup: fs::read_to_string(folder.join("setup.sql")).ok(),
            name,
            folder,
            manifest,
        })
    }

    /// The role in PostgreSQL that is its alone.
    pub fn role(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .collect();
        format!("load_{name}")
    }

    /// Whether its role stands outside of row-level security.
    pub fn bypasses_walls(&self) -> bool {
        self.manifest.bypasses_walls
    }

    /// SQL that it needs in the database.
    pub fn setup(&self) -> Option<&str> {
        self.setup.as_deref()
    }

    /// Builds it, if there is anything to build.
    pub async fn build(&self, root: &Path) -> Result<(), Failure> {
        let program = self.folder.join("build");
        if !program.exists() {
            return Ok(());
        }
        say(&format!("{}: building", self.name));
        let status = Command::new(&program)
            .env("CARGO_TARGET_DIR", target(root))
            .current_dir(&self.folder)
            .kill_on_drop(true)
            .status()
            .await
            .map_err(Failure::system(format!("run {}", program.display())))?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::engine(
                &self.name,
                format!("its build ended with {status}"),
            ))
        }
    }

    /// Starts it and waits until it listens. What it prints goes into a file.
    pub async fn start(self, url: &str, root: &Path, logs: &Path) -> Result<Running, Failure> {
        let port = free_port().map_err(Failure::system("find a free port"))?;
        let path = logs.join(format!("{}.log", self.name));
        let log = File::create(&path).map_err(Failure::system("write a log"))?;
        let errors = log.try_clone().map_err(Failure::system("write a log"))?;
        let program = self.folder.join("start");
        let mut command = std::process::Command::new(&program);
        command
            .env("PORT", port.to_string())
            .env("DATABASE_URL", url)
            .env("POOL_SIZE", CONNECTIONS.to_string())
            .env("JWT_SECRET", SECRET)
            .env("CARGO_TARGET_DIR", target(root))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // Ctrl+C is for the benchmark, which ends its engines itself.
            .process_group(0);
        let mut child = Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .map_err(Failure::system(format!("run {}", program.display())))?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = child.try_wait().ok().flatten();
            if ended.is_some() || begun.elapsed() > START_LIMIT {
                let fault = format!("it does not listen; {} says why", path.display());
                return Err(Failure::engine(&self.name, fault));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(Running {
            process: child.id().unwrap_or_default(),
            engine: self,
            child,
            port,
        })
    }
}

impl Running {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.engine.name
    }

    /// The role of its connections.
    pub fn role(&self) -> String {
        self.engine.role()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process that was started; it may have started others.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Whether others are measured by it.
    pub fn is_limit(&self) -> bool {
        self.engine.manifest.limit
    }

    /// Whether it can do an operation.
    pub fn knows(&self, operation: Operation) -> bool {
        self.engine.documents.contains_key(&operation)
    }

    /// An operation's document.
    pub fn document(&self, operation: Operation) -> &str {
        self.engine
            .documents
            .get(&operation)
            .map_or("", String::as_str)
    }

    /// An operation's variables, with placeholders.
    pub fn variables(&self, operation: Operation) -> Value {
        let own = self.engine.manifest.inputs.get(operation.name());
        own.cloned().unwrap_or_else(|| operation.variables())
    }

    /// Where in `data` an operation's rows are.
    pub fn path(&self, operation: Operation) -> Option<&str> {
        let path = self.engine.manifest.paths.get(operation.name());
        path.map(String::as_str)
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(mut self) {
        // It has not been waited for, so that its id cannot have gone to another.
        if let (None, Ok(id)) = (
            self.child.try_wait().ok().flatten(),
            i32::try_from(self.process),
        ) {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        if timeout(END_LIMIT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// The operations of a document, each with its own text: they begin at the beginning of a line.
fn operations(document: &str) -> BTreeMap<Operation, String> {
    let mut found: BTreeMap<Operation, String> = BTreeMap::new();
    let mut current = None;
    for line in document.lines() {
        let head = line
            .strip_prefix("query ")
            .or_else(|| line.strip_prefix("mutation "));
        if let Some(head) = head {
            let name = head.split(|letter: char| !letter.is_alphanumeric()).next();
            current = Operation::ALL
                .into_iter()
                .find(|operation| Some(operation.name()) == name);
        }
        if let Some(operation) = current {
            let text = found.entry(operation).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

/// Where cargo puts what it builds.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |own| root.join(own))
}

fn free_port() -> std::io::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
