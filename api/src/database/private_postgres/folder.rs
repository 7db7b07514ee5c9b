//! Which folder holds the cluster, what lies where in it, and who owns what.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::PORT;
use super::account::{Account, running_as_root, user_name};
use super::error::Error;

/// Where root's databases go when the server's account cannot enter the project, as under `/root`.
const SHARED_PLACE: &str = "/var/lib/fieldgraph";

/// Where sockets go whose path would be too long. Not `TMPDIR`: all gateways on a folder have to agree on
/// it, whatever their environment, and it has to be short.
const SHORT_PLACE: &str = "/tmp";

/// The size of `sockaddr_un.sun_path`, less the zero at the end.
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// The paths of one cluster.
#[derive(Debug)]
pub(super) struct Layout {
    /// The gateway's folder.
    pub(super) folder: PathBuf,
    /// The part of it that belongs to the server's account.
    pub(super) home: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket_directory: PathBuf,
    pub(super) log: PathBuf,
    pub(super) lock: PathBuf,
}

impl Layout {
    fn new(folder: PathBuf) -> Self {
        let home = home_of(&folder);
        Self {
            data: home.join("data"),
            socket_directory: socket_directory(&home),
            log: home.join("postgres.log"),
            lock: home.join("lock"),
            home,
            folder,
        }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.socket_directory.join(socket_name())
    }

    /// The file with which PostgreSQL guards its socket.
    pub(super) fn socket_lock(&self) -> PathBuf {
        self.socket_directory
            .join(format!("{}.lock", socket_name()))
    }

    /// The major version of the data, if there is data.
    pub(super) fn data_major(&self) -> Result<Option<u32>, Error> {
        let damaged = || Error::NotADataFolder {
            data: self.data.clone(),
        };
        match fs::read_to_string(self.data.join("PG_VERSION")) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| damaged()),
            // Only an empty folder may be mistaken for none: anything else could be somebody's data.
            Err(error) if error.kind() == ErrorKind::NotFound => match fs::remove_dir(&self.data) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(damaged()),
                _ => Ok(None),
            },
            Err(_) => Err(damaged()),
        }
    }
}

/// Decides on the folder and the account of the server, and makes the folders.
pub(super) fn locate(requested: &Path, account: Option<&str>) -> Result<(Layout, Account), Error> {
    let requested = create_and_resolve(requested)?;
    let (folder, account) = if running_as_root() {
        choose_as_root(&requested, account)?
    } else {
        (requested.clone(), Account::own())
    };
    if folder != requested {
        tracing::info!(
            "the account {} cannot enter {}, so the database is in {}",
            account.name,
            requested.display(),
            folder.display()
        );
    }
    let layout = Layout::new(folder);
    own_directory(&layout.home, &account)?;
    own_socket_directory(&layout, &account)?;
    Ok((layout, account))
}

/// Data that is already there decides before any rule does, so that no start begins a second, empty
/// database beside it.
fn choose_as_root(requested: &Path, account: Option<&str>) -> Result<(PathBuf, Account), Error> {
    let wanted = account.map(Account::chosen).transpose()?;
    let shared = shared_folder(requested);
    for folder in [requested, &shared] {
        let Some(owner) = home_owner(folder) else {
            continue;
        };
        let account = wanted.clone().unwrap_or(owner);
        if !account.can_enter(folder)? {
            return Err(Error::Unreachable {
                folder: folder.to_owned(),
                account: account.name,
            });
        }
        return Ok((folder.to_owned(), account));
    }

    let account = match wanted.or_else(|| parent_owner(requested)) {
        Some(account) => account,
        None => Account::by_name("postgres")
            .or_else(|| Account::by_name("nobody"))
            .ok_or(Error::NoAccount)?,
    };
    if account.can_enter(requested)? {
        return Ok((requested.to_owned(), account));
    }
    create_and_resolve(&shared)?;
    Ok((shared, account))
}

fn home_of(folder: &Path) -> PathBuf {
    folder.join("postgres")
}

fn home_owner(folder: &Path) -> Option<Account> {
    let user_id = fs::symlink_metadata(home_of(folder)).ok()?.uid();
    (user_id != 0).then(|| {
        Account::by_owner(user_id).unwrap_or_else(|| Account {
            name: user_name(user_id),
            user_id,
            group_id: user_id,
        })
    })
}

fn parent_owner(folder: &Path) -> Option<Account> {
    Account::by_owner(fs::metadata(folder.parent()?).ok()?.uid())
}

/// The one spelling of a folder all gateways on it agree on.
fn create_and_resolve(folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder)
        .and_then(|()| folder.canonicalize())
        .map_err(|error| Error::folder("use the folder", folder, &Account::own().name, &error))
}

/// Named after the project for people and after the whole path for the machine, so that two projects of
/// one name have two databases.
fn shared_folder(folder: &Path) -> PathBuf {
    let is_telling = |name: &&OsStr| !name.as_bytes().starts_with(b".");
    let name: String = folder
        .iter()
        .rev()
        .find(is_telling)
        .map(OsStr::to_string_lossy)
        .unwrap_or_default()
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "-_".contains(*character))
        .take(40)
        .collect();
    Path::new(SHARED_PLACE).join(format!("{name}-{:016x}", path_hash(folder)))
}

fn socket_name() -> String {
    format!(".s.PGSQL.{PORT}")
}

fn socket_directory(home: &Path) -> PathBuf {
    let near = home.join("socket");
    let is_short = near.join(socket_name()).as_os_str().len() <= LONGEST_SOCKET_PATH;
    // PostgreSQL reads a list with commas and quotes here, and a URL wants UTF-8.
    let is_plain = near.to_str().is_some_and(|path| !path.contains([',', '"']));
    if is_short && is_plain {
        near
    } else {
        Path::new(SHORT_PLACE).join(format!("fieldgraph-{:016x}", path_hash(home)))
    }
}

/// FNV-1a. The hasher of the standard library may change with its version, and the names made from this
/// have to stay.
fn path_hash(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

fn own_socket_directory(layout: &Layout, account: &Account) -> Result<(), Error> {
    own_directory(&layout.socket_directory, account).map_err(|error| match error {
        Error::OwnedByAnother { path, owner, .. } if !path.starts_with(&layout.home) => {
            Error::SocketDirectoryTaken { path, owner }
        }
        other => other,
    })
}

/// Makes a directory that only the account can enter, or makes sure that it is one.
fn own_directory(path: &Path, account: &Account) -> Result<(), Error> {
    let failed =
        |error: &io::Error| Error::folder("use the folder", path, &Account::own().name, error);
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(&error)),
        _ => {}
    }
    // Asked by path first, for opening another's directory fails without a word about whose it is.
    let found = fs::symlink_metadata(path).map_err(|error| failed(&error))?;
    if !found.is_dir() {
        return Err(Error::NotAFolder {
            path: path.to_owned(),
        });
    }
    refuse_other_owner(path, found.uid(), account)?;

    // From here on the open directory is meant, which nobody can exchange for a link meanwhile.
    let directory = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).bits())
        .open(path)
        .map_err(|error| failed(&error))?;
    let metadata = directory.metadata().map_err(|error| failed(&error))?;
    refuse_other_owner(path, metadata.uid(), account)?;
    give_to(&directory, account).map_err(|error| failed(&error))?;
    if metadata.mode() & 0o777 != 0o700 {
        directory
            .set_permissions(Permissions::from_mode(0o700))
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// What root owns is what a gateway that ran as root did not come to give away; only root may go on there.
fn refuse_other_owner(path: &Path, owner: u32, account: &Account) -> Result<(), Error> {
    if owner == account.user_id || (owner == 0 && running_as_root()) {
        return Ok(());
    }
    Err(Error::OwnedByAnother {
        path: path.to_owned(),
        owner: user_name(owner),
        account: account.name.clone(),
    })
}

/// Opens a file in the server's folder for appending. It belongs to the server's account even when root
/// makes it, so that a gateway of that account can use it later.
pub(super) fn open_own_file(path: &Path, account: &Account) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        // The account could put a link here and let root write somewhere else.
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)?;
    give_to(&file, account)?;
    Ok(file)
}

fn give_to(file: &File, account: &Account) -> io::Result<()> {
    if running_as_root() && file.metadata()?.uid() != account.user_id {
        fchown(file, Some(account.user_id), Some(account.group_id))?;
    }
    Ok(())
}
