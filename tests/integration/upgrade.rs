//! A new binary on the database of an old one, also when it is killed on the way.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Stdio},
};

use rusqlite::Connection;
use sqlx::{Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

use crate::support::{Client, Served, served::papo};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The messages' table is made anew after it.
const OLD: i64 = 4;
/// Some megabytes, so that much is written before the commit.
const ROWS: &str = "
    insert into settings (key, value) values ('epoch', 'first'), ('token', 'signs');
    create temp table numbers as
        with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 4000) select n from numbers;
    insert into users (id, username, username_key, name, email, password_hash, role, search_text, created_at)
        select n, 'User' || n, 'user' || n, 'User ' || n, 'user' || n || '@example.org', 'hash', 'member', 'user user ' || n, n
        from numbers where n <= 400;
    insert into sessions (id, user_id, data, expires_at, created_at)
        select 'session ' || n, n, '{}', 9000000000000000, n from numbers where n <= 400;
    insert into tokens (id, user_id, name, hash, scope, created_at)
        select n, n, 'bot', 'hash ' || n, 'all', n from numbers where n <= 400;
    insert into rooms (id, kind, access, slug, name, topic, last_seq, created_at)
        values (1, 'channel', 'public', 'general', 'general', '', 4400, 0);
    insert into members (room_id, user_id, role, joined, joined_at, changed_seq)
        select 1, n, 'member', true, n, n from numbers where n <= 400;
    insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq)
        select n, 1, 400 + n, n % 400 + 1, 'cid ' || n, 'text', hex(randomblob(200)), '<p></p>', n, 400 + n from numbers;";

/// A data folder as the old binary left it.
async fn an_old_one(data: &Path) {
    fs::create_dir(data).unwrap();
    let path = data.join("papo.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    MIGRATIONS.run_to(OLD, &mut conn).await.unwrap();
    conn.close().await.unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(ROWS).unwrap();
    conn.execute_batch("pragma journal_mode = wal").unwrap();
}

/// The old database's copy, and the one that is being made.
fn copies(data: &Path) -> Vec<String> {
    let names = data.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("before-migration")).collect()
}

/// What must be there after all: how many rows of each table, and a sum of what the messages say.
fn contents(database: &Path) -> Vec<String> {
    let conn = Connection::open(database).unwrap();
    let counted = ["users", "sessions", "tokens", "members", "messages"];
    let sums = "select sum(id * length(text)) || ' ' || max(text) || min(text) from messages";
    let queries = counted.map(|table| format!("select count(*) || ' {table}' from {table}"));
    let queries = queries.iter().map(String::as_str).chain([sums]);
    queries.map(|sql| conn.query_row(sql, [], |row| row.get(0)).unwrap()).collect()
}

fn version(database: &Path) -> i64 {
    let sql = "select max(version) from _sqlx_migrations";
    Connection::open(database).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// How many bytes are in the folder: a measure of how far a start has come.
fn size(data: &Path) -> u64 {
    // A file may vanish between the two.
    data.read_dir().unwrap().filter_map(|entry| entry.ok()?.metadata().ok()).map(|found| found.len()).sum()
}

/// A start, whose end is in the hands of the test.
struct Start<'a> {
    data: &'a Path,
    child: Child,
}

impl<'a> Start<'a> {
    fn new(data: &'a Path) -> Self {
        let file = |ending| File::create(data.with_extension(ending)).unwrap();
        let child = papo()
            .args(["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
            .stdout(file("out"))
            .stderr(Stdio::from(file("log")))
            .spawn()
            .unwrap();
        Self { data, child }
    }

    /// Whether it listens. A start that ends by itself fails the test.
    fn listens(&mut self) -> bool {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "{}", fs::read_to_string(self.data.with_extension("log")).unwrap());
        fs::read_to_string(self.data.with_extension("out")).unwrap().contains("Papo is at ")
    }

    /// Kills it once `is_due`, or once it listens.
    fn kill_when(mut self, is_due: impl Fn() -> bool) {
        while !is_due() && !self.listens() {}
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_start_that_is_killed_while_it_migrates_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old");
    an_old_one(&old).await;
    let expected = contents(&old.join("papo.db"));
    let renewed = |name: &str| {
        let data = folder.path().join(name);
        fs::create_dir(&data).unwrap();
        fs::copy(old.join("papo.db"), data.join("papo.db")).unwrap();
        data
    };
    // How much a start writes before it listens.
    let whole = renewed("whole");
    let begun = size(&whole);
    let mut most = begun;
    let mut start = Start::new(&whole);
    while !start.listens() {
        most = most.max(size(&whole));
    }
    start.kill_when(|| true);
    assert!(most > 2 * begun, "the copy and the log: {begun} bytes become {most}");

    let mut unfinished = 0;
    for round in 0..6 {
        let data = renewed(&format!("round {round}"));
        let database = data.join("papo.db");
        // The second start meets what the first left behind.
        for _ in 0..2 {
            let grown = size(&data) + rand::random_range(0..most - begun);
            // Once right at the beginning of the transaction.
            let is_copied = || copies(&data) == ["papo.db.before-migration-from-0004"];
            Start::new(&data).kill_when(|| if round == 0 { is_copied() } else { size(&data) >= grown });
            unfinished += i32::from(version(&database) == OLD);
        }
        let server = Served::start(&data);
        Client::new(&server.origin).get("/login").await.expect(200);
        assert_eq!(contents(&database), expected, "round {round}");
        let conn = Connection::open(&database).unwrap();
        let faults: i64 =
            conn.query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        assert_eq!(faults, 0, "round {round}");
        drop(conn);
        server.stop();
        let server = Served::start(&data);
        assert_eq!(copies(&data), [""; 0], "round {round}: {}", server.log());
    }
    assert!(unfinished > 0, "no start was killed before its commit");
}

#[tokio::test]
async fn the_copy_from_before_a_migration_is_told_and_goes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    an_old_one(&data).await;
    let expected = contents(&data.join("papo.db"));
    let server = Served::start(&data);
    let copy = data.join("papo.db.before-migration-from-0004");
    assert!(server.log().contains(copy.to_str().unwrap()), "{}", server.log());
    assert_eq!((version(&copy), contents(&copy)), (OLD, expected));
    server.stop();
    let server = Served::start(&data);
    assert!(server.log().contains("is removed"), "{}", server.log());
    assert!(!copy.exists());
}
