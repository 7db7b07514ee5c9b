//! A PostgreSQL that is reached over the network, with a certificate and with roles that sign in, each in its own way.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fieldgraph::database::private_postgres::{Options, PrivatePostgres};
use fieldgraph::database::{connect, create_database};
use migration::Migrator;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use sea_orm::ConnectionTrait;
use support::{chosen_programs, until};

const DATABASE: &str = "secured";
/// With everything that a password must not need to be escaped for.
pub const PASSWORD: &str = "pass wörd:@/?#%";

/// Who may come in, and how. The first line that fits decides.
const WHO: &str = "
local all all trust
hostnossl all gate_scram 127.0.0.1/32 scram-sha-256
hostnossl all gate_md5 127.0.0.1/32 md5
hostnossl all gate_clear 127.0.0.1/32 password
hostssl all gate_tls 127.0.0.1/32 scram-sha-256
hostssl all gate_tls ::1/128 scram-sha-256
host all all all reject
";

/// It ends with this value.
pub struct Secured {
    server: Child,
    folder: PathBuf,
    socket: PathBuf,
    pub port: u16,
}

impl Secured {
    /// Made as the private PostgreSQL makes its own, filled with the demo, and started again as others run theirs.
    pub async fn start() -> Self {
        let folder =
            std::env::temp_dir().join(format!("fieldgraph-{}-secured", std::process::id()));
        let at = folder.clone();
        let private = tokio::task::spawn_blocking(move || {
            PrivatePostgres::start(&Options {
                folder: at,
                durable: false,
                programs: chosen_programs(),
                account: None,
                max_connections: 30,
            })
            .unwrap()
        })
        .await
        .unwrap();
        fill(&private, &folder).await;
        let (home, socket) = (
            private.folder().join("postgres"),
            private.socket_directory().to_owned(),
        );
        let postgres = private.binaries().join("postgres");
        tokio::task::spawn_blocking(move || drop(private))
            .await
            .unwrap();

        let data = home.join("data");
        certify(&folder, &data);
        write(&data, "pg_hba.conf", WHO);
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let owner = fs::metadata(&data).unwrap();
        let mut command = Command::new(postgres);
        command
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&socket)
            .args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=localhost",
            "ssl=on",
            "fsync=off",
            "max_connections=30",
            "shared_buffers=16MB",
        ] {
            command.args(["-c", setting]);
        }
        if nix::unistd::geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let log = fs::File::create(folder.join("secured.log")).unwrap();
        let server = command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let secured = Self {
            server,
            folder,
            socket,
            port,
        };
        secured.wait_until_ready().await;
        secured
    }

    async fn wait_until_ready(&self) {
        for _ in 0..600 {
            if let Ok(connection) = connect(&self.owner_url(), 1).await {
                connection.close().await.unwrap();
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!(
            "{}",
            fs::read_to_string(self.folder.join("secured.log")).unwrap_or_default()
        );
    }

    /// Through the socket, where nobody is asked who they are.
    pub fn owner_url(&self) -> String {
        format!(
            "postgresql://{}@localhost:{}/{DATABASE}?host={}",
            fieldgraph::database::OWNER_ROLE,
            self.port,
            self.socket.display()
        )
    }

    /// Over the network, by a password.
    pub fn gateway_url(&self, role: &str, password: &str, host: &str, parameters: &str) -> String {
        let mut url = url::Url::parse(&format!(
            "postgresql://{role}@{host}:{}/{DATABASE}?{parameters}",
            self.port
        ))
        .unwrap();
        url.set_password(Some(password)).unwrap();
        url.into()
    }

    /// The certificate of the authority that signed the server's, or of one that did not.
    pub fn authority(&self, which: &str) -> PathBuf {
        self.folder.join(format!("{which}.pem"))
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        let process = Pid::from_raw(self.server.id().cast_signed());
        let _ = kill(process, Signal::SIGINT);
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
        until("the socket is gone", || {
            !self.socket.join(format!(".s.PGSQL.{}", self.port)).exists()
        });
    }
}

async fn fill(private: &PrivatePostgres, folder: &Path) {
    create_database(private, DATABASE).await.unwrap();
    let owner_url = private.url(fieldgraph::database::OWNER_ROLE, DATABASE);
    let migrator = Migrator::connect(&owner_url).await.unwrap();
    migrator.up(None).await.unwrap();
    migrator.finish().await.unwrap();
    let owner = connect(&owner_url, 4).await.unwrap();
    fieldgraph::seed::demo(&owner, &folder.join("storage"))
        .await
        .unwrap();
    owner.close().await.unwrap();
    let superuser = connect(&private.url(private.superuser(), DATABASE), 1)
        .await
        .unwrap();
    for (role, encryption) in [
        ("gate_scram", "scram-sha-256"),
        ("gate_md5", "md5"),
        ("gate_clear", "scram-sha-256"),
        ("gate_tls", "scram-sha-256"),
    ] {
        superuser
            .execute_unprepared(&format!(
                "SET password_encryption = '{encryption}';
                 CREATE ROLE {role} LOGIN NOINHERIT PASSWORD '{PASSWORD}' IN ROLE org_admin, org_user;
                 GRANT CONNECT ON DATABASE {DATABASE} TO {role}"
            ))
            .await
            .unwrap();
    }
    superuser.close().await.unwrap();
}

/// An authority, a certificate of its for localhost, and an authority that nobody asked.
fn certify(folder: &Path, data: &Path) {
    let authority = || {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        (certificate, Issuer::new(parameters, key))
    };
    let (own, issuer) = authority();
    let (foreign, _) = authority();
    fs::write(folder.join("own.pem"), own.pem()).unwrap();
    fs::write(folder.join("foreign.pem"), foreign.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    write(data, "server.crt", &server.pem());
    write(data, "server.key", &key.serialize_pem());
}

/// A file of the server's.
fn write(data: &Path, name: &str, text: &str) {
    let file = data.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    if nix::unistd::geteuid().is_root() {
        let owner = fs::metadata(data).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}
