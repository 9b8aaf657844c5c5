//! `papo restore FILE`: a backup in the place of the SQLite database.
//!
//! The backup is copied beside the database, checked and given a new epoch there, and only then takes its name. The
//! database that had it keeps its files under a dated name.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use time::{OffsetDateTime, macros::format_description};

use super::say;
use crate::server::{
    config::{Options, RestoreLine},
    data_folder,
    store::{
        DatabaseUrl,
        backup::{self, Contents},
        companion,
    },
};

/// Puts the file in place.
///
/// # Errors
/// One line for the terminal; then the database is as it was.
pub(in crate::server) fn restore(options: &Options, line: &RestoreLine) -> anyhow::Result<()> {
    let DatabaseUrl::Sqlite(database) = options.database() else {
        bail!("the database is PostgreSQL's: stop the servers, use pg_restore, and then `papo epoch new`");
    };
    let file = &line.file;
    ensure!(file.is_file(), "there is no file {}", file.display());
    let _lock = data_folder::lock(&options.data)?;
    let is_itself = database.exists() && fs::canonicalize(&database)? == fs::canonicalize(file)?;
    ensure!(!is_itself, "{} is the database itself; give a backup", file.display());

    let new = companion(&database, ".restoring");
    remove(&new)?;
    let ready = bring(file, &new);
    let contents = match ready {
        Ok(contents) => contents,
        Err(error) => {
            drop(remove(&new));
            return Err(error.context(format!("{} cannot be restored", file.display())));
        }
    };
    let aside = put_in_place(&database, &new)?;
    own(options, &database);
    report(file, contents, aside.as_deref())
}

/// Copies the backup, with the log that may stand beside it, to `new` and makes it ready.
fn bring(file: &Path, new: &Path) -> anyhow::Result<Contents> {
    copy(file, new)?;
    let log = companion(file, "-wal");
    if log.exists() {
        copy(&log, &companion(new, "-wal"))?;
    }
    let contents = backup::make_ready(new)?;
    File::open(new)?.sync_all()?;
    Ok(contents)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from).with_context(|| format!("{} cannot be read", from.display()))?;
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut source, &mut copy)?;
    Ok(copy.sync_all()?)
}

fn remove(database: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(companion(database, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Gives `new` the database's name, and the database another, which is told.
fn put_in_place(database: &Path, new: &Path) -> anyhow::Result<Option<PathBuf>> {
    let aside = if database.exists() { Some(set_aside(database)?) } else { None };
    // A log that stays would be taken for the new database's.
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(companion(database, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::rename(new, database)?;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(aside)
}

fn set_aside(database: &Path) -> anyhow::Result<PathBuf> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let aside = companion(database, &format!(".replaced-{}", OffsetDateTime::now_utc().format(format)?));
    ensure!(!aside.exists(), "{} exists; try again", aside.display());
    if let Err(error) = backup::take_log_in(database) {
        tracing::warn!(%error, "the database that is replaced is damaged: its log stays beside it");
    }
    let log = companion(database, "-wal");
    if log.metadata().is_ok_and(|found| found.len() > 0) {
        fs::rename(&log, companion(&aside, "-wal"))?;
    }
    // The name keeps a database at every moment.
    match fs::hard_link(database, &aside) {
        Ok(()) => {}
        Err(_) => fs::rename(database, &aside)?,
    }
    Ok(aside)
}

/// What root restores belongs to the owner of the folder, as whom the server runs.
fn own(options: &Options, database: &Path) {
    let Ok(folder) = fs::metadata(&options.data) else { return };
    if folder.uid() == rustix::process::geteuid().as_raw() {
        return;
    }
    for path in [database.to_owned(), options.data.join("papo.lock")] {
        if let Err(error) = chown(&path, Some(folder.uid()), Some(folder.gid())) {
            tracing::warn!(%error, "{} is not given to the folder's owner", path.display());
        }
    }
}

fn report(file: &Path, contents: Contents, aside: Option<&Path>) -> anyhow::Result<()> {
    let Contents { accounts, messages, sessions } = contents;
    say(&format!("Restored {}: {accounts} accounts, {messages} messages.", file.display()))?;
    if let Some(aside) = aside {
        say(&format!("The database before it is {}.", aside.display()))?;
    }
    say(if sessions == 0 {
        "Every client loads its rooms anew, and everyone signs in again."
    } else {
        "Every client loads its rooms anew."
    })
}
