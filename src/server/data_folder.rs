//! The folder that holds everything Papo keeps, and the lock that lets one server use it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};

use super::store::tighten_to;

const LOCK: &str = "papo.lock";
/// Everybody may add to such a folder, as to `/tmp`.
const STICKY: u32 = 0o1000;

/// Held while a server runs; the system frees it even after kill -9.
#[derive(Debug)]
pub(super) struct DataLock {
    _file: File,
}

/// Whatever this process makes is its owner's alone.
pub(super) fn keep_to_owner() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Makes the folder if there is none, and closes it to others.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| {
        format!("cannot make the data folder {}; choose another with --data or PAPO_DATA", folder.display())
    })?;
    if is_own(folder).unwrap_or(false) {
        tighten_to(folder, 0o700);
    } else {
        tracing::warn!(
            "the data folder {} holds other things too: its mode stays as it is",
            folder.display()
        );
    }
    for name in [LOCK, "history.json"] {
        tighten_to(&folder.join(name), 0o600);
    }
    Ok(())
}

/// Whether the folder is Papo's alone: nothing is in it, or what Papo keeps is.
fn is_own(folder: &Path) -> io::Result<bool> {
    if fs::metadata(folder)?.permissions().mode() & STICKY != 0 {
        return Ok(false);
    }
    let is_empty = fs::read_dir(folder)?.next().is_none();
    Ok(is_empty || [LOCK, "papo.db"].iter().any(|name| folder.join(name).exists()))
}

/// Claims the folder for this server, or for a command that replaces what is in it.
///
/// # Errors
/// One line: the folder cannot be written, or another server uses it.
pub(super) fn lock(folder: &Path) -> anyhow::Result<DataLock> {
    prepare(folder)?;
    let path = folder.join(LOCK);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.with_context(|| {
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
