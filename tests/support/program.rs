//! The `fieldgraph` program itself, built once a run: for what only the real thing can show.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Where the program is.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // Where there is no cargo to build it: another user's run of these tests.
        if let Some(built) = std::env::var_os("FIELDGRAPH_PROGRAM") {
            return PathBuf::from(built);
        }
        // target/<profile>/deps/integration-… → target/<profile>/fieldgraph
        let test = std::env::current_exe().expect("the path of the test");
        let folder = test
            .parent()
            .and_then(Path::parent)
            .expect("the target folder");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "fieldgraph"]);
        build
            .arg("--target-dir")
            .arg(folder.parent().expect("the target folder"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let built = build
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo");
        assert!(built.success(), "the program does not build");
        folder.join("fieldgraph")
    })
}

/// A running `fieldgraph serve`; it is ended with this value.
pub struct Program {
    child: Child,
    /// Where it listens, as 127.0.0.1:43210.
    pub address: String,
    /// What it said before it listened.
    pub greeting: String,
}

impl Program {
    /// Starts it on a free port and waits until it says where it listens.
    pub fn serve(configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        configure(&mut command);
        let mut child = command.spawn().expect("a running program");
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("the program ended before it listened: {greeting}"))
                .expect("a line");
            greeting.push_str(&line);
            greeting.push('\n');
            if let Some(address) = line.strip_prefix("Fieldgraph listens on http://") {
                break address.to_owned();
            }
        };
        // Somebody must read on, or the program stands still at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            address,
            greeting,
        }
    }

    /// Its process id.
    pub fn process(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.process(), signal).expect("a signal");
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("an ended program")
    }

    /// The status and body of a GET.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        get(&self.address, path)
    }

    /// Asks `/health/ready` until the status is the one expected.
    pub fn wait_until_ready(&self) {
        until("the program is ready", || {
            self.get("/health/ready")
                .is_some_and(|(status, _)| status == 200)
        });
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, by the test's own doing.
        let _ = kill(self.process(), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// A GET without a client: HTTP/1.0 closes after one answer.
fn get(address: &str, path: &str) -> Option<(u16, String)> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream
        .write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Looks again and again until something is so; a minute without it is a failure.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(
            Instant::now() < deadline,
            "a minute passed, and still not: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
