//! The folder that holds everything Papo keeps, and the lock that lets one server use it.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use anyhow::{Context as _, bail};

/// Held while a server runs; the system frees it even after kill -9.
#[derive(Debug)]
pub(super) struct DataLock {
    _file: File,
}

/// Makes the folder if there is none.
///
/// # Errors
/// One line that names the folder and what to do.
pub(super) fn prepare(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| {
        format!("cannot make the data folder {}; choose another with --data or PAPO_DATA", folder.display())
    })
}

/// Claims the folder for this server.
///
/// # Errors
/// One line: the folder cannot be written, or another server uses it.
pub(super) fn lock(folder: &Path) -> anyhow::Result<DataLock> {
    prepare(folder)?;
    let path = folder.join("papo.lock");
    let file = File::create(&path).with_context(|| {
        format!(
            "cannot write to the data folder {}; make it writable or choose another with --data",
            folder.display()
        )
    })?;
    match file.try_lock() {
        Ok(()) => Ok(DataLock { _file: file }),
        Err(TryLockError::WouldBlock) => bail!(
            "another Papo server uses the data folder {}; stop it or choose another with --data",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}
