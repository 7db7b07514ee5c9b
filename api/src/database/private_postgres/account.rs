//! The account that runs the server: PostgreSQL refuses root, so root lends it an ordinary one.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::unistd::{Uid, User, getegid, geteuid};

use super::error::Error;

/// The setting that names the account to run the server as, when the gateway runs as root.
pub(super) const ACCOUNT_VARIABLE: &str = "FIELDGRAPH_POSTGRES_USER";

/// Who runs the server.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) user_id: u32,
    pub(super) group_id: u32,
}

impl Account {
    /// The account of this process.
    pub(super) fn own() -> Self {
        let user_id = geteuid();
        Self {
            name: user_name(user_id.as_raw()),
            user_id: user_id.as_raw(),
            group_id: getegid().as_raw(),
        }
    }

    /// The account that was chosen, which must be one that can run the server.
    pub(super) fn chosen(name: &str) -> Result<Self, Error> {
        let name = name.to_owned();
        match Self::by_name(&name) {
            None => Err(Error::AccountUnknown { name }),
            Some(account) if account.user_id == 0 => Err(Error::AccountIsRoot { name }),
            Some(account) => Ok(account),
        }
    }

    pub(super) fn by_name(name: &str) -> Option<Self> {
        User::from_name(name).ok().flatten().map(Self::from)
    }

    /// The account that owns a file. `None` for root, and for a number without a name, as in containers
    /// that see a folder of the host: `initdb` refuses to run as one.
    pub(super) fn by_owner(user_id: u32) -> Option<Self> {
        if user_id == 0 {
            return None;
        }
        User::from_uid(Uid::from_raw(user_id))
            .ok()
            .flatten()
            .map(Self::from)
    }

    /// Makes a command run as this account, if this process may choose. The standard library drops the
    /// supplementary groups of root by itself.
    pub(super) fn apply_to(&self, command: &mut Command) {
        if running_as_root() {
            command.uid(self.user_id).gid(self.group_id);
        }
    }

    /// Whether this account can enter a folder. The system answers that better than permission bits do:
    /// there are access control lists, and folders above.
    pub(super) fn can_enter(&self, folder: &Path) -> Result<bool, Error> {
        let shell = Path::new("/bin/sh");
        let mut command = Command::new(shell);
        command
            .args(["-c", ":"])
            .env_clear()
            .current_dir(folder)
            .stdin(Stdio::null());
        self.apply_to(&mut command);
        match command.status() {
            Ok(status) => Ok(status.success()),
            Err(error) if is_access_denied(&error) => Ok(false),
            Err(error) => Err(Error::cannot_run(shell, &self.name, &error)),
        }
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            user_id: user.uid.as_raw(),
            group_id: user.gid.as_raw(),
        }
    }
}

pub(super) fn running_as_root() -> bool {
    geteuid().is_root()
}

/// The name of an account, or its number where it has no name.
pub(super) fn user_name(user_id: u32) -> String {
    match User::from_uid(Uid::from_raw(user_id)) {
        Ok(Some(user)) => user.name,
        _ => format!("user {user_id}"),
    }
}

/// Not `ErrorKind::PermissionDenied`, which also stands for an account that may not be switched to.
fn is_access_denied(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::EACCES as i32)
}
