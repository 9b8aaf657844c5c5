//! The files of a SQLite database: made for the owner alone, and watched while they are open.
//!
//! SQLite goes on with files that somebody has deleted or replaced, so what is committed then is lost with them.
//! Called by `Db`; it knows nothing of tables.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, db::BUSY_TIMEOUT};

const OWNER_ONLY: u32 = 0o600;
/// Followed by the version of the tables in the copy.
const COPY_SUFFIX: &str = ".before-migration-from-";

/// The database file and its companion `suffix`: `-wal` or `-shm`.
pub fn companion(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes the database file if there is none, readable by its owner only; SQLite gives its other files the same mode.
/// True if it was missing or empty, so that it becomes a new database.
pub(super) fn make(path: &Path) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(fs::metadata(path)?.len() == 0),
        Err(error) => Err(error),
    }
}

/// Takes the rights of everybody but the owner away from a database's files. What cannot be changed is logged.
pub(super) fn tighten(path: &Path) {
    for file in [path.to_owned(), companion(path, "-wal"), companion(path, "-shm")] {
        tighten_to(&file, OWNER_ONLY);
    }
}

/// Sets the mode of a file or folder, if it exists and others than its owner have rights there. Says so in the log.
pub fn tighten_to(path: &Path, mode: u32) {
    let Ok(found) = fs::metadata(path) else { return };
    let was = found.permissions().mode() & 0o777;
    if was & 0o077 == 0 {
        return;
    }
    let path = path.display();
    match fs::set_permissions(path.to_string(), fs::Permissions::from_mode(mode)) {
        Ok(()) => tracing::warn!("{path} was open to others (mode {was:04o}): it is {mode:04o} now"),
        Err(error) => {
            tracing::warn!(%error, "{path} is open to others (mode {was:04o}) and cannot be changed: chmod {mode:o} it");
        }
    }
}

/// Where the copy of a database goes before its tables, those of migration `version`, are migrated.
pub(super) fn copy_before_migration(database: &Path, version: i64) -> PathBuf {
    companion(database, &format!("{COPY_SUFFIX}{version:04}"))
}

/// The copies that earlier starts put aside, finished or not.
fn copies_of(database: &Path) -> Vec<PathBuf> {
    let prefix = companion(database, COPY_SUFFIX);
    let Some(prefix) = prefix.file_name().map(OsStr::as_encoded_bytes) else { return Vec::new() };
    let entries = fs::read_dir(folder_of(database)).into_iter().flatten().filter_map(Result::ok);
    let copies = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix));
    copies.map(|entry| entry.path()).collect()
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What tells this file from a copy of it: its inode and when that was made.
pub(super) fn identity(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    let made = found.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Some(format!("file {} {}", found.ino(), made.map_or(0, |at| at.as_nanos())))
}

/// The files of an open database. The connection in it keeps SQLite from making a new write-ahead log while the
/// server runs.
#[derive(Debug)]
pub struct Files {
    watched: Vec<(PathBuf, (u64, u64))>,
    keeper: Mutex<Option<Connection>>,
    /// Whether this start changed the tables.
    migrated: bool,
}

impl Files {
    /// Opens the database at `path`, which exists, and notes which files it has, and whether this start `migrated` it.
    pub(super) fn open(path: &Path, migrated: bool) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let keeper = Connection::open_with_flags(path, flags)?;
        keeper.busy_timeout(BUSY_TIMEOUT)?;
        // Only with the first statement SQLite opens the log.
        keeper.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
        let noted = |path: PathBuf| place(&path).ok().map(|place| (path, place));
        let watched = [path.to_owned(), companion(path, "-wal")].into_iter().filter_map(noted).collect();
        Ok(Self { watched, keeper: Mutex::new(Some(keeper)), migrated })
    }

    /// Whether the files at their paths are still those that are open. Two calls of the system.
    pub fn are_in_place(&self) -> bool {
        self.watched.iter().all(|(path, noted)| match place(path) {
            Ok(found) => found == *noted,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        })
    }

    /// Whether the database itself is in place.
    fn have_database(&self) -> bool {
        self.watched.first().is_none_or(is_ours)
    }

    /// Once all connections are closed: a write-ahead log that belongs to a database that is gone would be taken for that
    /// of the file in its place, and damage it. It gets another name.
    pub(super) fn set_orphan_aside(&self) {
        let [database, log] = self.watched.as_slice() else { return };
        if is_ours(database) || !is_ours(log) {
            return;
        }
        let aside = companion(&log.0, &format!(".orphan-{}", std::process::id()));
        match fs::rename(&log.0, &aside) {
            Ok(()) => tracing::warn!("the log of the database that is gone is {}", aside.display()),
            Err(error) => tracing::error!(%error, "remove {} before the next start", log.0.display()),
        }
        // Made anew from the log; there may be none.
        drop(fs::remove_file(companion(&database.0, "-shm")));
    }

    /// Removes the copies from before earlier migrations, unless this start migrated. What cannot be removed is logged.
    pub(super) fn remove_old_copies(&self) {
        let Some((database, _)) = self.watched.first().filter(|_| !self.migrated) else { return };
        for copy in copies_of(database) {
            match fs::remove_file(&copy) {
                Ok(()) => tracing::info!("{} is removed: the migration after it went well", copy.display()),
                Err(error) => tracing::warn!(%error, "{} is not needed any more: remove it", copy.display()),
            }
        }
    }

    /// Closes the last connection, after all others. What the log holds goes into the database first, if that is still there.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(keeper) = keeper.filter(|_| self.have_database()) else { return Ok(()) };
        Ok(keeper.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
    }
}

fn is_ours((path, noted): &(PathBuf, (u64, u64))) -> bool {
    place(path).is_ok_and(|found| found == *noted)
}

fn place(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_or_replaced_file_is_noticed() {
        for name in ["papo.db", "papo.db-wal"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("papo.db");
            let writer = Connection::open(&path).unwrap();
            writer.execute_batch("pragma journal_mode = wal; create table t (x)").unwrap();
            let files = Files::open(&path, false).unwrap();
            assert!(files.are_in_place());
            let copy = folder.path().join("copy");
            fs::copy(folder.path().join(name), &copy).unwrap();
            fs::rename(&copy, folder.path().join(name)).unwrap();
            assert!(!files.are_in_place(), "{name} is replaced");
            fs::remove_file(folder.path().join(name)).unwrap();
            assert!(!files.are_in_place(), "{name} is deleted");
        }
    }

    #[test]
    fn a_copy_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        assert!(make(&one).unwrap());
        fs::write(&one, "x").unwrap();
        assert!(!make(&one).unwrap());
        fs::copy(&one, &other).unwrap();
        assert!(identity(&one).is_some() && identity(&one) != identity(&other));
    }

    #[test]
    fn files_are_tightened() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("papo.db");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        tighten(&file);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
