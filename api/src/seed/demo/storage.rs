//! Puts files where the gateway's storage looks for them.

use std::fs;
use std::io;
use std::path::Path;

use crate::seed::Error;

/// Writes a file unless one of the same size is there. It appears whole or not at all.
pub fn keep(folder: &Path, key: &str, content: &[u8]) -> Result<(), Error> {
    let path = folder.join(key);
    let failed = |source: io::Error| Error::Storage {
        path: path.clone(),
        source,
    };
    if fs::metadata(&path).is_ok_and(|there| there.is_file() && there.len() == content.len() as u64)
    {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let temporary = path.with_added_extension(format!("{}.part", std::process::id()));
    fs::write(&temporary, content)
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(failed)
}
