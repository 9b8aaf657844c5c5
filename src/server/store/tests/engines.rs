//! One test body, two tests: on SQLite in a temporary folder, and on PostgreSQL in a database of its own.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    super::{DatabaseUrl, Db},
    Conn,
};

/// A fresh database with all migrations.
pub(super) struct TestDb {
    pub(super) url: DatabaseUrl,
    pub(super) db: Db,
}

impl TestDb {
    async fn open(url: DatabaseUrl) -> Self {
        let db = Db::open(&url).await.unwrap();
        Self { url, db }
    }

    /// A connection that may write; on SQLite there is one at a time.
    pub(super) async fn writer(&self) -> Conn {
        self.db.writer().await.unwrap()
    }
}

/// Makes of each body a module with the tests `sqlite` and `postgres`.
macro_rules! on_both_engines {
    ($(async fn $name:ident($test:ident: &TestDb) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($test: &TestDb) $body

            #[tokio::test]
            async fn sqlite() {
                super::super::engines::on_sqlite(body).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::super::engines::on_postgres(body).await;
            }
        }
    )*};
}
pub(super) use on_both_engines;

pub(super) async fn on_sqlite(body: impl AsyncFnOnce(&TestDb)) {
    at_sqlite(async |url: &DatabaseUrl| {
        let test = TestDb::open(url.clone()).await;
        body(&test).await;
        test.db.close().await;
    })
    .await;
}

pub(super) async fn on_postgres(body: impl AsyncFnOnce(&TestDb)) {
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

/// Until some transaction on this PostgreSQL waits for another one.
pub(super) async fn until_someone_waits(test: &TestDb) {
    let Conn::Postgres(mut conn) = test.db.read().await.unwrap() else { panic!("not PostgreSQL") };
    let sql = "select exists (select 1 from pg_locks l join pg_stat_activity a using (pid) \
               where not l.granted and a.datname = current_database())";
    while !sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut **conn.lease()).await.unwrap() {}
}

async fn run(admin: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(admin).await.unwrap();
}
