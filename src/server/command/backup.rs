//! `papo backup FILE`: a copy of the SQLite database, made while the server runs.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, bail};

use super::say;
use crate::server::{
    config::{BackupLine, Options},
    store::{DatabaseUrl, OpenError, backup},
};

/// Makes the file, which must not exist, for its owner alone.
///
/// # Errors
/// One line for the terminal; then there is no file.
pub(in crate::server) fn backup(options: &Options, line: &BackupLine) -> anyhow::Result<()> {
    let DatabaseUrl::Sqlite(database) = options.database() else {
        bail!("the database is PostgreSQL's: use pg_dump, as in `pg_dump -Fc -f papo.dump DATABASE-URL`");
    };
    if database.metadata().map_or(true, |found| found.len() == 0) {
        return Err(OpenError::Missing { path: database }.into());
    }
    let file = &line.file;
    let name = file.to_str().context("give a file name in UTF-8")?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.with_context(|| format!("cannot make {name}; give the name of a new file"))?;
    if let Err(error) = copy(&database, name, line.with_secrets) {
        // What is there of it is no backup.
        drop(fs::remove_file(file));
        return Err(error.context(format!("{} was not copied", database.display())));
    }
    say(&format!("Copied {} into {name}.", database.display()))
}

fn copy(database: &Path, name: &str, with_secrets: bool) -> anyhow::Result<()> {
    backup::copy(database, name, with_secrets)?;
    let file = Path::new(name);
    File::open(file)?.sync_all()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
