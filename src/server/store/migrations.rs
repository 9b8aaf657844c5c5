//! Brings the tables up to date, at the start of a server.
//!
//! On SQLite all that is pending is one transaction, without the actions of foreign keys: a table to which others refer is
//! replaced by dropping it, and `on delete cascade` would empty those. Before it is committed all references are checked. An
//! existing database is copied first. On PostgreSQL each migration is a transaction, and copies are the operator's.
//! Called by `Db` and `postgres` while they open.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use sqlx::{
    Connection as _, SqliteConnection,
    migrate::{MigrateError, Migrator},
};

use super::{OpenError, backup, companion, files, open::sqlite_fault};

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The newest migration that the database has; not null.
pub(super) const APPLIED: &str = "select coalesce(max(version), 0) from _sqlx_migrations";

/// The version of the last of our migrations.
pub(super) fn newest(own: &Migrator) -> i64 {
    own.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Refuses tables of another version than this program's: a server of that version may be running.
pub(super) fn check_version(applied: i64, own: &Migrator) -> Result<(), OpenError> {
    match applied.cmp(&newest(own)) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(OpenError::OlderThanBinary),
        std::cmp::Ordering::Greater => Err(OpenError::NewerThanBinary { version: applied }),
    }
}

/// The same for SQLite's database.
pub(super) async fn check_sqlite(conn: &mut SqliteConnection) -> Result<Result<(), OpenError>, sqlx::Error> {
    let applied = sqlx::query_scalar(APPLIED).fetch_one(conn).await?;
    Ok(check_version(applied, &SQLITE))
}

pub(super) fn not_migrated(error: MigrateError, fault: impl Fn(sqlx::Error) -> OpenError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::NewerThanBinary { version },
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => fault(cause),
        other => OpenError::Migration(other.to_string()),
    }
}

/// Applies to the SQLite database at `path` what it lacks, after a copy of it was put aside. True if it lacked something.
/// `conn` must not enforce foreign keys.
///
/// # Errors
/// What kept it from that; then the database is as it was.
pub(super) async fn bring_up_to_date(conn: &mut SqliteConnection, path: &Path) -> Result<bool, OpenError> {
    let fault = |error| sqlite_fault(path, error);
    let version = version_of(conn).await.map_err(fault)?;
    if let Some(version) = version.filter(|version| *version < newest(&SQLITE)) {
        let copy = files::copy_before_migration(path, version);
        put_aside(path, &copy).await?;
        tracing::info!(
            "the database is of an older Papo: its tables are brought from version {version} to {}. A copy of it as it was \
             is {}; the next start that has nothing to migrate removes it",
            newest(&SQLITE),
            copy.display()
        );
    }
    let mut transaction = conn.begin_with("begin immediate").await.map_err(fault)?;
    SQLITE.run(&mut *transaction).await.map_err(|error| not_migrated(error, fault))?;
    let migrated = version != Some(newest(&SQLITE));
    if migrated {
        check_references(&mut transaction).await.map_err(fault)??;
    }
    drop_statistics(&mut transaction).await.map_err(fault)?;
    transaction.commit().await.map_err(fault)?;
    Ok(migrated)
}

/// The version of the tables that are there: 0 if they are not ours, none if there are none.
async fn version_of(conn: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let sql = "select count(*), count(*) filter (where name = '_sqlx_migrations') from sqlite_schema";
    match sqlx::query_as(sql).fetch_one(&mut *conn).await? {
        (0_i64, _) => Ok(None),
        (_, 0_i64) => Ok(Some(0)),
        _ => sqlx::query_scalar(APPLIED).fetch_one(conn).await.map(Some),
    }
}

/// Forgets what earlier versions noted of the sizes of the tables: numbers of a small database make slow plans for a large one, and
/// without any a statement has the same plan for ever.
async fn drop_statistics(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    for sql in ["drop table if exists sqlite_stat1", "drop table if exists sqlite_stat4"] {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Refuses rows that refer to a row that is not there. `pragma foreign_key_check` reads all rows.
async fn check_references(conn: &mut SqliteConnection) -> Result<Result<(), OpenError>, sqlx::Error> {
    let sql = "select \"table\", parent, count(*) from pragma_foreign_key_check group by 1, 2 order by 1, 2 limit 1";
    let found: Option<(String, String, i64)> = sqlx::query_as(sql).fetch_optional(conn).await?;
    Ok(found.map_or(Ok(()), |(table, parent, rows)| Err(OpenError::Dangling { table, parent, rows })))
}

/// Copies the database to `copy`, in the place of what an earlier start left there. `copy` is whole or is not there.
async fn put_aside(path: &Path, copy: &Path) -> Result<(), OpenError> {
    let (from, to) = (path.to_owned(), copy.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy_whole(&from, &to)).await;
    let why = match copied {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic.to_string(),
    };
    Err(OpenError::NotCopied { path: copy.to_owned(), why })
}

fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    let unfinished = companion(to, ".unfinished");
    let copied = copy_to(from, to, &unfinished);
    if copied.is_err() {
        // On a full disk it would be in the way.
        drop(fs::remove_file(unfinished));
    }
    copied
}

fn copy_to(from: &Path, to: &Path, unfinished: &Path) -> io::Result<()> {
    // An earlier start came no further than its copy. Two would need twice the room; what cannot be removed is told by `make`
    // or `rename`.
    drop(fs::remove_file(unfinished));
    drop(fs::remove_file(to));
    files::make(unfinished)?;
    let name = unfinished.to_str().ok_or_else(|| io::Error::other("its name is not in UTF-8"))?;
    backup::copy(from, name, true).map_err(io::Error::other)?;
    File::open(unfinished)?.sync_all()?;
    fs::rename(unfinished, to)?;
    File::open(files::folder_of(to))?.sync_all()
}
