//! Databases as earlier versions left them: the first migrations, and rows in every table.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryFutureExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::server::store::{
    DatabaseUrl,
    migrations::{POSTGRES, SQLITE},
};

/// Rows for the tables that came with a migration, and what columns that it added hold then. A table that comes with a new one
/// needs its rows here.
const ROWS: &[(i64, &str)] = &[
    (
        1,
        "insert into settings (key, value) values ('epoch', 'first'), ('token', 'signs'), ('setup', 'link');
         insert into users (id, username, username_key, name, email, birth_date, password_hash, role, disabled, auth_epoch,
             search_text, created_at) values
             (1, 'Ana', 'ana', 'Ana Silva', 'ana@x.org', '2000-02-29', 'hash', 'administrator', false, 3, 'ana ana silva', 10),
             (2, 'bob', 'bob', 'Bob', 'bob@x.org', null, 'hash', 'member', true, 0, 'bob bob', 11);
         insert into sessions (id, user_id, data, expires_at, created_at) values
             ('of ana', 1, '{}', 9000000000000000, 12), ('of nobody', null, '{}', 9000000000000000, 13);
         insert into rooms (id, kind, access, slug, name, topic, password_hash, direct_key, last_seq, created_by, created_at) values
             (1, 'channel', 'public', 'general', 'general', 'all', 'hash', null, 4, null, 14),
             (2, 'direct', 'private', null, '', '', null, '1 2', 2, 1, 15);
         insert into members (room_id, user_id, role, joined, joined_at, changed_seq, delivered_seq, read_seq) values
             (1, 1, 'owner', true, 16, 1, 4, 4), (1, 2, 'member', false, 17, 3, 0, 0), (2, 1, 'member', true, 18, 1, 2, 0);
         insert into messages (id, room_id, seq, author_id, cid, kind, notice, text, html, at, changed_seq) values
             (1, 1, 2, 1, 'cid', 'text', null, 'hello', '<p>hello</p>', 19, 2),
             (2, 1, 4, 2, null, 'notice', 'left', '', '', 20, 4),
             (3, 2, 2, 1, 'other', 'text', null, 'hi', '<p>hi</p>', 21, 2)",
    ),
    (2, "insert into ended_sessions (id, at) values ('ended', 22)"),
    (3, "insert into nodes (number, incarnation, expires_at) values (1, 'one', 23)"),
    (
        4,
        "insert into tokens (id, user_id, name, hash, scope, created_at, expires_at, used_at) values
             (1, 1, 'bot', 'of a bot', 'all', 24, null, 25);
         insert into tickets (hash, user_id, session, scope, expires_at) values ('of a ticket', 1, 'of ana', 'all', 26)",
    ),
    (6, "insert into secrets (key, value) values ('device', 'knows')"),
    (
        7,
        "insert into invitations (room_id, user_id, inviter_id, dropped, at) values (1, 2, 1, false, 27);
         insert into blocks (user_id, blocked_id, at) values (2, 1, 28)",
    ),
    (8, "insert into name_parts (list, inside, part, id) values (0, 0, 'ana silva', 1)"),
    (10, "insert into outbox (id, kind, body, created_at, due_at) values (1, 'mail', '{}', 29, 30)"),
    (13, "update rooms set texts = 1; update messages set texts = 1; update members set known_texts = 1 where user_id = 1"),
];

/// Each table's columns.
pub(super) type Tables = BTreeMap<String, BTreeSet<String>>;
/// Each table's rows as texts, in order.
pub(super) type Rows = BTreeMap<String, Vec<String>>;

/// Runs `$body` on a connection to either engine.
macro_rules! connected {
    ($url:expr, $conn:ident, $migrations:ident => $body:expr) => {
        match $url {
            DatabaseUrl::Sqlite(path) => {
                let $migrations = &SQLITE;
                let options =
                    SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
                let options = options.journal_mode(SqliteJournalMode::Wal);
                let mut $conn = SqliteConnection::connect_with(&options).await.unwrap();
                let done = $body.await.unwrap();
                $conn.close().await.unwrap();
                done
            }
            DatabaseUrl::Postgres(url) => {
                let $migrations = &POSTGRES;
                let mut $conn = PgConnection::connect(url).await.unwrap();
                let done = $body.await.unwrap();
                $conn.close().await.unwrap();
                done
            }
        }
    };
}

/// Applies the first migrations, up to `version`, as the binary of that time did.
pub(super) async fn migrate_to(url: &DatabaseUrl, version: i64) {
    connected!(url, conn, migrations => migrations.run_to(version, &mut conn));
}

/// A database of `version`, with rows in all of its tables.
pub(super) async fn make(url: &DatabaseUrl, version: i64) {
    migrate_to(url, version).await;
    for (_, sql) in ROWS.iter().filter(|(since, _)| *since <= version) {
        execute(url, sql).await;
    }
}

/// Runs statements that have no parameters.
pub(super) async fn execute(url: &DatabaseUrl, sql: &str) {
    connected!(url, conn, _migrations => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).map_ok(drop));
}

/// The texts that a query gives, one column wide.
pub(super) async fn texts(url: &DatabaseUrl, sql: &str) -> Vec<String> {
    connected!(url, conn, _migrations => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut conn))
}

/// Our tables.
pub(super) async fn tables(url: &DatabaseUrl) -> Tables {
    let sql = match url {
        DatabaseUrl::Sqlite(_) => {
            "select t.name || ' ' || c.name from sqlite_schema t, pragma_table_info(t.name) c \
             where t.type = 'table' and t.name not in ('_sqlx_migrations', 'sqlite_stat1', 'sqlite_stat4')"
        }
        DatabaseUrl::Postgres(_) => {
            "select table_name || ' ' || column_name from information_schema.columns \
             where table_schema = 'public' and table_name <> '_sqlx_migrations'"
        }
    };
    let mut tables = Tables::new();
    for pair in texts(url, sql).await {
        let (table, column) = pair.split_once(' ').unwrap();
        tables.entry(table.to_owned()).or_default().insert(column.to_owned());
    }
    tables
}

/// The rows of `tables`, their columns in order.
pub(super) async fn rows(url: &DatabaseUrl, tables: &Tables) -> Rows {
    let mut rows = Rows::new();
    for (table, columns) in tables {
        let columns: Vec<String> =
            columns.iter().map(|column| format!("coalesce(cast({column} as text), '-')")).collect();
        let mut found = texts(url, &format!("select {} from {table}", columns.join(" || '|' || "))).await;
        found.sort();
        rows.insert(table.clone(), found);
    }
    rows
}

/// Everything that the database consists of, but its rows.
pub(super) async fn schema(url: &DatabaseUrl) -> Vec<String> {
    let sql = match url {
        DatabaseUrl::Sqlite(_) => {
            "select type || ' ' || name || ' of ' || tbl_name || ': ' || coalesce(sql, '') from sqlite_schema \
             where name not in ('sqlite_stat1', 'sqlite_stat4') order by 1"
        }
        DatabaseUrl::Postgres(_) => {
            "select concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default, collation_name) \
                from information_schema.columns where table_schema = 'public' \
             union all select 'index ' || indexdef from pg_indexes where schemaname = 'public' \
             union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated \
                from pg_constraint where connamespace = 'public'::regnamespace order by 1"
        }
    };
    texts(url, sql).await
}
