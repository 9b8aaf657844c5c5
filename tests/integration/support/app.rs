//! Starts the server in this process, on a free port, with a database of its own.

use std::process::{Output, Stdio};

use clap::Parser as _;
use papo::server::{
    config::CommandLine,
    http::{App, Deadlines},
    start,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::Client;

pub struct TestApp {
    pub origin: String,
    pub general: i64,
    /// The path of the link that makes the administrator.
    pub setup: Option<String>,
    /// What the server's requests share.
    pub shared: App,
    /// What names its database on a command line.
    database: Vec<String>,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
    /// The data folder, if it is the server's own.
    _data: Option<TempDir>,
}

impl TestApp {
    /// A server on SQLite.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server on SQLite with more options on its command line.
    pub async fn start_with(options: &[&str]) -> Self {
        Self::start_with_deadlines(options, Deadlines::default()).await
    }

    /// A server that waits for its peers for other times than usual.
    pub async fn start_with_deadlines(options: &[&str], deadlines: Deadlines) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut app = Self::start_within(data.path().to_str().unwrap(), options, deadlines).await;
        app._data = Some(data);
        app
    }

    /// A server on a data folder of the test's own.
    pub async fn start_in(folder: &str) -> Self {
        Self::start_on(folder, &[]).await
    }

    /// The same with more options on its command line.
    pub async fn start_on(folder: &str, options: &[&str]) -> Self {
        Self::start_within(folder, options, Deadlines::default()).await
    }

    async fn start_within(folder: &str, options: &[&str], deadlines: Deadlines) -> Self {
        let fixed = ["papo", "--listen", "127.0.0.1:0", "--data", folder];
        let line = CommandLine::parse_from(fixed.iter().chain(options));
        let mut server = start(line.options).await.unwrap();
        server.deadlines = deadlines;
        let stop = CancellationToken::new();
        let shared = server.app.clone();
        let (origin, general) = (format!("http://{}", server.address), server.app.chat.general.0);
        let setup = server.app.auth.setup.path();
        let stopping = stop.clone();
        let serving = async move { server.serve(async move { stopping.cancelled().await }).await };
        let serving = tokio::spawn(async move { serving.await.unwrap() });
        let database = database_of(folder, options);
        Self { origin, general, setup, shared, database, stop, serving, _data: None }
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
        // While many passwords are hashed at once, clients are told to come again.
        loop {
            let answer = client.post("register", &form).await;
            if answer.status != 503 {
                answer.expect(200);
                return client;
            }
        }
    }

    /// Runs a command of the binary on the server's database, as an operator does beside the server, and gives what it
    /// prints.
    pub async fn papo(&self, arguments: &[&str]) -> String {
        self.papo_told(arguments, "").await
    }

    /// Runs a command that reads `input`.
    pub async fn papo_told(&self, arguments: &[&str], input: &str) -> String {
        let done = self.run_papo(arguments, input).await;
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs a command that fails, and gives what it says of that.
    pub async fn papo_refused(&self, arguments: &[&str]) -> String {
        let done = self.run_papo(arguments, "").await;
        assert!(!done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8(done.stderr).unwrap()
    }

    async fn run_papo(&self, arguments: &[&str], input: &str) -> Output {
        use std::io::Write as _;
        let mut papo = std::process::Command::new(env!("CARGO_BIN_EXE_papo"));
        papo.args(arguments).args(&self.database);
        papo.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let input = input.to_owned();
        let run = move || {
            let mut child = papo.spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        };
        tokio::task::spawn_blocking(run).await.unwrap()
    }

    /// A new user's program, with a token for their password.
    pub async fn program_of(&self, username: &str) -> Client {
        self.user(username).await;
        self.log_in(username).await
    }

    /// A program with a token for the password of a user of the tests.
    pub async fn log_in(&self, username: &str) -> Client {
        let wish = serde_json::json!({ "login": username, "password": "a long password" });
        let made = self.anonymous().rest("POST", "/api/tokens", wish).await.expect(201).json();
        Client::bearing(&self.origin, made["token"].as_str().unwrap())
    }

    /// A program with a personal token of the user, made by the user in the settings.
    pub async fn personal(&self, user: &Client, scope: &str) -> Client {
        let wish = serde_json::json!({ "name": scope, "scopes": [scope] });
        let made = user.rest("POST", "/api/tokens", wish).await.expect(201).json();
        Client::bearing(&self.origin, made["token"].as_str().unwrap())
    }

    /// Stops the server as SIGTERM does.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Stops the server and waits until it has.
    pub async fn stopped(mut self) {
        self.stop.cancel();
        (&mut self.serving).await.unwrap();
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn database_of(folder: &str, options: &[&str]) -> Vec<String> {
    let url = options.windows(2).filter(|pair| pair[0] == "--database-url").flatten();
    ["--data", folder].iter().chain(url).map(|word| (*word).to_owned()).collect()
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
