//! One test body, two tests: on SQLite in a temporary folder, and on PostgreSQL in a database of its own.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    super::{
        DatabaseUrl, Db, WriteAccess,
        conn::{Engine, with_db},
    },
    Tx,
};
use crate::model::MessageId;

/// A fresh database with all migrations.
pub(in crate::server) struct TestDb {
    pub(super) url: DatabaseUrl,
    pub(in crate::server) db: Db,
    access: WriteAccess,
}

impl TestDb {
    async fn open(url: DatabaseUrl) -> Self {
        let (db, access) = Db::open(&url).await.unwrap();
        Self { url, db, access }
    }

    /// A connection that writes, each statement durably; on SQLite one transaction at a time may be open.
    pub(in crate::server) async fn writer(&self) -> Tx {
        self.access.connect().await.unwrap().without_transaction()
    }

    /// A transaction.
    pub(in crate::server) async fn begin(&self) -> Tx {
        self.access.connect().await.unwrap().begin().await.unwrap()
    }
}

/// Makes of each body a module with the tests `sqlite` and `postgres`. The bodies take a `TestDb`.
macro_rules! on_both_engines {
    ($(async fn $name:ident($test:ident: &TestDb) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($test: &TestDb) $body

            #[tokio::test]
            async fn sqlite() {
                $crate::server::store::tests::engines::on_sqlite(body).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::server::store::tests::engines::on_postgres(body).await;
            }
        }
    )*};
}
pub(in crate::server) use on_both_engines;

pub(in crate::server) async fn on_sqlite(body: impl AsyncFnOnce(&TestDb)) {
    at_sqlite(async |url: &DatabaseUrl| {
        let test = TestDb::open(url.clone()).await;
        body(&test).await;
        test.db.close().await;
    })
    .await;
}

pub(in crate::server) async fn on_postgres(body: impl AsyncFnOnce(&TestDb)) {
    at_postgres(async |url: &DatabaseUrl| {
        let test = TestDb::open(url.clone()).await;
        let outcome = AssertUnwindSafe(body(&test)).catch_unwind().await;
        test.db.close().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    })
    .await;
}

/// The address of a database that is to be made, in a folder of its own.
pub(super) async fn at_sqlite(body: impl AsyncFnOnce(&DatabaseUrl)) {
    let folder = TempDir::new().unwrap();
    body(&DatabaseUrl::Sqlite(folder.path().join("papo.db"))).await;
}

/// The address of a database without tables.
pub(super) async fn at_postgres(body: impl AsyncFnOnce(&DatabaseUrl)) {
    let server = std::env::var("PAPO_TEST_POSTGRES_URL")
        .expect("PAPO_TEST_POSTGRES_URL names no PostgreSQL: run `make test`, which starts one");
    let server: PgConnectOptions = server.parse().unwrap();
    let mut admin = PgConnection::connect_with(&server).await.unwrap();
    let name = format!("papo_test_{}", Uuid::now_v7().simple());
    run(&mut admin, format!("create database {name}")).await;

    let url = DatabaseUrl::Postgres(server.database(&name).to_url_lossy().to_string());
    let outcome = AssertUnwindSafe(body(&url)).catch_unwind().await;
    run(&mut admin, format!("drop database {name} with (force)")).await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// Lets a SQLite file grow to so many pages, or to what it has if that is more, as far as this connection writes.
pub(in crate::server) fn limit_pages(tx: &mut Tx, pages: i64) {
    let Engine::SqliteWriter(local) = tx.engine() else { panic!("not SQLite") };
    local.limit_pages(pages);
}

/// Gives a message another text.
pub(in crate::server) async fn edit(tx: &mut Tx, message: MessageId, text: &str) {
    with_db!(tx, query("update messages set text = $2 where id = $1", message.0, text).execute).unwrap();
}

/// Until some transaction on this PostgreSQL waits for another one.
pub(in crate::server) async fn until_someone_waits(test: &TestDb) {
    let mut conn = test.db.read().await.unwrap();
    let Engine::Postgres(conn) = conn.engine() else { panic!("not PostgreSQL") };
    let sql = "select exists (select 1 from pg_locks l join pg_stat_activity a using (pid) \
               where not l.granted and a.datname = current_database())";
    while !sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut **conn.lease()).await.unwrap() {}
}

async fn run(admin: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(admin).await.unwrap();
}
