//! Starts the server in this process, on a free port, with a database of its own.

use clap::Parser as _;
use papo::server::{config::CommandLine, start};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::Client;

pub struct TestApp {
    pub origin: String,
    pub general: i64,
    /// The path of the link that makes the administrator.
    pub setup: Option<String>,
    stop: CancellationToken,
    _data: TempDir,
}

impl TestApp {
    /// A server on SQLite.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server on SQLite with more options on its command line.
    pub async fn start_with(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap().to_owned();
        let fixed = ["papo", "--listen", "127.0.0.1:0", "--data", &folder];
        let line = CommandLine::parse_from(fixed.iter().chain(options));
        let server = start(line.options).await.unwrap();
        let stop = CancellationToken::new();
        let app = Self {
            origin: format!("http://{}", server.address),
            general: server.app.general.0,
            setup: server.app.setup.path(),
            stop: stop.clone(),
            _data: data,
        };
        tokio::spawn(server.serve(async move { stop.cancelled().await }));
        app
    }

    /// A server on a new database of the PostgreSQL that `make test` starts.
    pub async fn start_on_postgres() -> Self {
        Self::start_with(&["--database-url", &new_database().await]).await
    }

    pub fn anonymous(&self) -> Client {
        Client::new(&self.origin)
    }

    /// A new user, signed in, and so in the general room.
    pub async fn user(&self, username: &str) -> Client {
        let client = self.anonymous();
        let form = registration(username);
        client.post("register", &form).await.expect(200);
        client
    }

    /// Stops the server as SIGTERM does.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The address of a new database of the PostgreSQL that `make test` starts.
pub async fn new_database() -> String {
    let url = std::env::var("PAPO_TEST_POSTGRES_URL")
        .expect("PAPO_TEST_POSTGRES_URL is not set: run the tests with `make test` or `make unit`");
    let name = format!("papo_test_{}", uuid::Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(&url).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// A registration that is fine.
pub fn registration(username: &str) -> Vec<(&'static str, String)> {
    vec![
        ("username", username.to_owned()),
        ("name", username.to_owned()),
        ("email", format!("{username}@example.org")),
        ("password", "a long password".to_owned()),
        ("password_again", "a long password".to_owned()),
    ]
}
