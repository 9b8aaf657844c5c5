use super::*;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    model::{Message, MessageId, RoomId, Seq, UserId},
    server::store::{
        DatabaseUrl, Db, OpenError, WriteAccess,
        channels::list_unindexed_channels,
        conn::Engine,
        error::constraint_name,
        messages::{insert_message, list_messages_before},
        migrations::SQLITE as SQLITE_MIGRATIONS,
        next_id,
        people::search_users,
        settings::{device_secret, epoch, setup_secret, token_secret},
    },
};

on_both_engines! {
    async fn an_existing_database_is_opened_with_its_rows_and_its_epoch(test: &TestDb) {
        let mut conn = test.writer().await;
        let first = epoch(&mut conn).await.unwrap();
        a_user(&mut conn, "ana").await;
        drop(conn);
        test.db.close().await;

        let (again, access) = Db::open(&test.url).await.unwrap();
        let mut conn = access.connect().await.unwrap().without_transaction();
        assert_eq!(epoch(&mut conn).await.unwrap(), first);
        let accounts = crate::server::store::users::list_accounts(&mut conn).await.unwrap();
        assert_eq!(accounts.len(), 1);
        drop(conn);
        again.close().await;
    }

    async fn concurrent_first_calls_agree_on_the_epoch(test: &TestDb) {
        let first = async { epoch(&mut test.writer().await).await.unwrap() };
        let second = async { epoch(&mut test.writer().await).await.unwrap() };
        let (first, second) = futures::join!(first, second);
        assert_eq!(first.len(), 36);
        assert_eq!(first, second);
    }

    async fn secrets_stay_the_same_and_are_made_anew_when_they_are_missing(test: &TestDb) {
        let mut conn = test.writer().await;
        let secrets = async |conn: &mut Tx| {
            let (token, device) = (token_secret(conn).await.unwrap(), device_secret(conn).await.unwrap());
            (token, device, setup_secret(conn).await.unwrap())
        };
        let first = secrets(&mut conn).await;
        assert!(first.0.len() == 64 && first.0 != first.1 && first.1 != first.2);
        assert_eq!(secrets(&mut conn).await, first);
        let rows = "select count(*) from settings where value in (select value from secrets)";
        let shared: i64 = crate::server::store::with_db!(&mut conn, query_scalar(rows).fetch_one).unwrap();
        assert_eq!(shared, 0, "a backup that leaves the table of secrets out has none");
        crate::server::store::with_db!(&mut conn, query("delete from secrets").execute).unwrap();
        let second = secrets(&mut conn).await;
        assert!(second.0 != first.0 && second.1 != first.1 && second.2 != first.2);
    }

    async fn a_database_of_a_newer_papo_is_refused(test: &TestDb) {
        let sql = match test.url {
            DatabaseUrl::Sqlite(_) => "insert into _sqlx_migrations values (9999, 'x', 0, true, x'00', 0)",
            DatabaseUrl::Postgres(_) => r"insert into _sqlx_migrations values (9999, 'x', now(), true, '\x00', 0)",
        };
        let mut conn = test.writer().await;
        crate::server::store::with_db!(&mut conn, query(sql).execute).unwrap();
        let refused = Db::open(&test.url).await.unwrap_err();
        assert!(matches!(refused, OpenError::NewerThanBinary { version: 9999 }), "{refused:?}");
        assert!(refused.to_string().contains("9999"));
    }
}

#[tokio::test]
async fn an_older_database_keeps_its_messages_and_its_people_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("papo.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    SQLITE_MIGRATIONS.run_to(4, &mut old).await.unwrap();
    old.close().await.unwrap();
    let access = WriteAccess::to_sqlite(path.clone());
    let mut conn = access.connect().await.unwrap().without_transaction();
    // As that version wrote them.
    for sql in [
        "insert into users (id, username, username_key, name, email, password_hash, role, search_text, created_at) \
         values (1, 'Ana', 'ana', 'Ana Silva', 'ana@x.org', 'hash', 'member', 'ana ana silva', 0)",
        "insert into rooms (id, kind, access, slug, name, topic, created_at) \
         values (2, 'channel', 'public', 'general', 'general', '', 0)",
        "insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq) \
         values (3, 2, 1, 1, '018f0000-0000-7000-8000-000000000000', 'text', 'kept', 'kept', 0, 1)",
    ] {
        crate::server::store::with_db!(&mut conn, query(sql).execute).unwrap();
    }
    let (ana, room, seq) = (UserId(1), RoomId(2), Seq(1));
    drop(conn);

    let (new, access) = Db::open(&DatabaseUrl::Sqlite(path)).await.unwrap();
    let mut conn = access.connect().await.unwrap().without_transaction();
    let kept = list_messages_before(&mut conn, room, None, 10).await.unwrap();
    assert_eq!(
        kept.iter().map(|message| (message.seq, message.text.as_str())).collect::<Vec<_>>(),
        [(seq, "kept")]
    );
    let again = Message { id: MessageId(next_id()), seq: Seq(seq.0 + 1), ..kept[0].clone() };
    assert!(insert_message(&mut conn, &again).await.unwrap_err().is_conflict("messages_cid_author_key"));
    for part in ["ana si", "ilva"] {
        assert_eq!(search_users(&mut conn, part, UserId(7), 9).await.unwrap()[0].id, ana, "{part}");
    }
    assert_eq!(list_unindexed_channels(&mut conn, 9).await.unwrap(), [(room, "general".to_owned())]);
    drop(conn);
    new.close().await;
}

#[tokio::test]
async fn secrets_move_to_a_table_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("papo.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    SQLITE_MIGRATIONS.run_to(5, &mut old).await.unwrap();
    let rows = "insert into settings values ('token', 'signs'), ('setup', 'link'), ('epoch', 'history')";
    sqlx::query(rows).execute(&mut old).await.unwrap();
    old.close().await.unwrap();

    let (new, access) = Db::open(&DatabaseUrl::Sqlite(path)).await.unwrap();
    let mut conn = access.connect().await.unwrap().without_transaction();
    assert_eq!(token_secret(&mut conn).await.unwrap(), "signs", "tokens stay good");
    assert_eq!(setup_secret(&mut conn).await.unwrap(), "link");
    assert_eq!(epoch(&mut conn).await.unwrap(), "history");
    let left: Vec<String> =
        crate::server::store::with_db!(&mut conn, query_scalar("select key from settings").fetch_all)
            .unwrap();
    assert_eq!(left, ["epoch"]);
    drop(conn);
    new.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/papo.db");
    let refused = Db::open(&DatabaseUrl::Sqlite(path.clone())).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Unwritable { path: named, .. } if *named == path), "{refused:?}");
    assert!(refused.to_string().contains("missing/papo.db"));
}

#[tokio::test]
async fn a_postgres_that_is_away_is_told_without_its_password() {
    let url = "postgres://papo:s3cret@127.0.0.1:1/papo".to_owned();
    let refused = Db::open(&DatabaseUrl::Postgres(url)).await.unwrap_err();
    assert!(matches!(refused, OpenError::Unreachable(_)), "{refused:?}");
    assert!(!refused.to_string().contains("s3cret"));
}

#[tokio::test]
async fn sqlite_readers_cannot_write() {
    super::engines::on_sqlite(async |test: &TestDb| {
        let mut reader = test.db.read().await.unwrap();
        let sql = "insert into settings (key, value) values ('key', '')";
        let refused = crate::server::store::with_db!(&mut reader, query(sql).execute).unwrap_err();
        assert!(matches!(refused, StoreError::Other(_)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn sqlite_waits_for_the_disk_at_each_commit() {
    super::engines::on_sqlite(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let Engine::SqliteWriter(local) = conn.engine() else { panic!("not SQLite") };
        for (pragma, value) in [
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("busy_timeout", "5000"),
            ("journal_mode", "wal"),
            ("temp_store", "2"),
            ("mmap_size", "0"),
            ("wal_autocheckpoint", "1000"),
        ] {
            assert_eq!(local.pragma(pragma), value, "{pragma}");
        }
    })
    .await;
}

/// `.cargo/config.toml` asks for it: else each statement with a bound limit is compiled at each use.
#[tokio::test]
async fn sqlite_keeps_its_plans() {
    super::engines::on_sqlite(async |test: &TestDb| {
        let sql = "select sqlite_compileoption_used('ENABLE_QPSG')";
        let mut conn = test.db.read().await.unwrap();
        let used: bool = crate::server::store::with_db!(&mut conn, query_scalar(sql).fetch_one).unwrap();
        assert!(used);
    })
    .await;
}

/// SQLite tells columns and PostgreSQL names; the rule between them must hold for every constraint.
#[tokio::test]
async fn unique_constraints_are_named_by_rule() {
    super::engines::on_postgres(async |test: &TestDb| {
        let mut conn = test.writer().await;
        let Engine::Postgres(conn) = conn.engine() else { panic!("not PostgreSQL") };
        let sql = "select conname::text, contype = 'p', string_agg(relname || '.' || attname, ', ' order by n) \
                   from pg_constraint c join pg_class r on r.oid = conrelid, \
                   unnest(conkey) with ordinality k (attnum, n) join pg_attribute a on a.attnum = k.attnum \
                   where a.attrelid = conrelid and contype in ('p', 'u') and relname <> '_sqlx_migrations' \
                   and c.connamespace = 'public'::regnamespace group by conname, contype";
        let named: Vec<(String, bool, String)> = sqlx::query_as(sql).fetch_all(&mut **conn.lease()).await.unwrap();
        assert!(named.len() >= 13, "{named:?}");
        for (name, primary, columns) in named {
            assert_eq!(constraint_name(&columns, primary), Some(name), "{columns}");
        }
    })
    .await;
}
