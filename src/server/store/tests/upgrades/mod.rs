//! Databases of every earlier version are brought up to date and lose nothing.

mod old;

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt as _, path::Path};

use super::engines::{at_postgres, at_sqlite};
use crate::server::store::{
    DatabaseUrl, Db, OpenError,
    migrations::{SQLITE, newest},
};
use old::{Rows, Tables};

/// Some version that is not the newest.
const OLD: i64 = 7;

/// What migrations move or throw away on purpose.
fn without_what_goes(mut rows: Rows, version: i64) -> Rows {
    if version < 6 {
        for table in ["ended_sessions", "tickets"] {
            rows.entry(table.to_owned()).and_modify(Vec::clear);
        }
        let secrets = ["setup|link", "token|signs"];
        rows.entry("settings".to_owned()).and_modify(|rows| rows.retain(|row| !secrets.contains(&&**row)));
    }
    rows
}

/// The columns of `before` that there still are.
fn kept(before: Tables, after: &Tables) -> Tables {
    let lacking = |table: &str| panic!("the table {table} is lost");
    let kept = before.into_iter().map(|(table, columns)| {
        let left = after.get(&table).unwrap_or_else(|| lacking(&table));
        (table, columns.intersection(left).cloned().collect())
    });
    kept.collect()
}

async fn every_column_and_row(url: &DatabaseUrl) -> Rows {
    old::rows(url, &old::tables(url).await).await
}

/// A database of `version` is opened, and then has every row that it had.
async fn upgrade(url: &DatabaseUrl, version: i64, fresh: &Fresh) {
    old::make(url, version).await;
    let tables = kept(old::tables(url).await, &fresh.tables);
    let before = old::rows(url, &tables).await;
    for (table, rows) in &before {
        assert!(!rows.is_empty(), "version {version} has a table {table} without a row in this test");
    }
    Db::open(url).await.unwrap().0.close().await;
    let after = old::rows(url, &tables).await;
    assert_eq!(after, without_what_goes(before, version), "from version {version}");
    assert_eq!(old::texts(url, "select id from sessions order by 1").await, ["of ana", "of nobody"]);
    let secrets = old::texts(url, "select value from secrets where key <> 'device' order by 1").await;
    let moved: &[&str] = if version < 6 { &["link", "signs"] } else { &[] };
    assert_eq!(secrets, moved, "from version {version}");
    assert_eq!(old::texts(url, "select distinct kind from users").await, ["person"]);
    assert_eq!(old::schema(url).await, fresh.schema, "from version {version}");
}

/// A new database.
struct Fresh {
    schema: Vec<String>,
    tables: Tables,
}

impl Fresh {
    async fn make(url: &DatabaseUrl) -> Self {
        Db::open(url).await.unwrap().0.close().await;
        let (schema, tables) = (old::schema(url).await, old::tables(url).await);
        assert!(schema.len() > 30 && tables.len() > 10, "{schema:?}");
        Self { schema, tables }
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// The copies in the folder of the database.
fn copies(database: &Path) -> Vec<String> {
    let entries = database.parent().unwrap().read_dir().unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("before-migration")).collect()
}

/// How many members' unread are not what a count of the rows says.
const MISCOUNTED: &str = "select cast(count(*) as text) from members b join rooms r on r.id = b.room_id \
    where r.texts - b.known_texts <> (select count(*) from messages m where m.room_id = b.room_id \
     and m.seq > b.read_seq and m.kind = 'text' and m.author_id <> b.user_id)";

#[tokio::test]
async fn every_earlier_version_is_upgraded_on_sqlite() {
    at_sqlite(async |fresh: &DatabaseUrl| {
        let fresh = Fresh::make(fresh).await;
        for version in 1..newest(&SQLITE) {
            at_sqlite(async |url: &DatabaseUrl| {
                upgrade(url, version, &fresh).await;
                assert_eq!(old::texts(url, MISCOUNTED).await, ["0"]);
                assert!(old::texts(url, "select \"table\" from pragma_foreign_key_check").await.is_empty());
                assert_eq!(old::texts(url, "pragma integrity_check").await, ["ok"]);

                let DatabaseUrl::Sqlite(path) = url else { panic!("not SQLite") };
                let name = format!("papo.db.before-migration-from-{version:04}");
                assert_eq!(copies(path), [name.as_str()]);
                let copy = path.with_file_name(name);
                assert_eq!(mode(&copy), 0o600);
                at_sqlite(async |again: &DatabaseUrl| {
                    old::make(again, version).await;
                    let copy = DatabaseUrl::Sqlite(copy);
                    assert_eq!(every_column_and_row(&copy).await, every_column_and_row(again).await);
                    assert_eq!(old::schema(&copy).await, old::schema(again).await);
                })
                .await;
            })
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn every_earlier_version_is_upgraded_on_postgres() {
    at_postgres(async |fresh: &DatabaseUrl| {
        let fresh = Fresh::make(fresh).await;
        for version in 1..newest(&SQLITE) {
            at_postgres(async |url: &DatabaseUrl| {
                upgrade(url, version, &fresh).await;
                assert_eq!(old::texts(url, MISCOUNTED).await, ["0"]);
            })
            .await;
        }
    })
    .await;
}

/// Whatever a later migration makes anew, it makes with its indexes, triggers and references.
#[tokio::test]
async fn no_migration_drops_an_index_a_trigger_or_a_reference_unnoticed() {
    let dropped = |version| match version {
        // Replaced: a message touches fewer pages.
        5 => &["index messages_unread_idx", "unique messages author_id, cid"][..],
        // Heads move in one place.
        11 => &["trigger messages_head"],
        _ => &[],
    };
    let sql = "select type || ' ' || name from sqlite_schema where type in ('index', 'trigger') and sql is not null \
               union all select 'reference ' || t.name || '.' || f.\"from\" || ' ' || f.\"table\" || ' ' || f.on_delete \
                  from sqlite_schema t, pragma_foreign_key_list(t.name) f where t.type = 'table' \
               union all select 'unique ' || t.name || ' ' || \
                  (select group_concat(name, ', ' order by seqno) from pragma_index_info(i.name)) \
                  from sqlite_schema t, pragma_index_list(t.name) i where t.type = 'table' and i.origin <> 'c' order by 1";
    at_sqlite(async |url: &DatabaseUrl| {
        let mut before = BTreeSet::new();
        for version in 1..=newest(&SQLITE) {
            old::migrate_to(url, version).await;
            let after: BTreeSet<String> = old::texts(url, sql).await.into_iter().collect();
            let gone: Vec<&String> = before.difference(&after).collect();
            assert_eq!(gone, dropped(version), "by migration {version}");
            before = after;
        }
        let references = before.iter().filter(|line| line.starts_with("reference"));
        assert!(references.count() > 10, "{before:?}");
    })
    .await;
}

#[tokio::test]
async fn a_reference_to_nothing_is_told_and_nothing_is_changed() {
    at_sqlite(async |url: &DatabaseUrl| {
        old::make(url, OLD).await;
        old::execute(url, "insert into tokens values (9, 77, 'bot', 'of nobody', 'all', 0, null, null)")
            .await;
        let (before, schema) = (every_column_and_row(url).await, old::schema(url).await);
        let refused = Db::open(url).await.unwrap_err();
        assert!(
            matches!(&refused, OpenError::Dangling { table, rows: 1, .. } if table == "tokens"),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("rows of users"), "{refused}");
        assert_eq!(every_column_and_row(url).await, before);
        assert_eq!(old::schema(url).await, schema);
        let applied = "select cast(max(version) as text) from _sqlx_migrations";
        assert_eq!(old::texts(url, applied).await, [OLD.to_string()]);

        old::execute(url, "delete from tokens where id = 9").await;
        Db::open(url).await.unwrap().0.close().await;
        let DatabaseUrl::Sqlite(path) = url else { panic!("not SQLite") };
        assert_eq!(copies(path).len(), 1, "in the place of the first");
    })
    .await;
}

/// Without the copy an operator could not go back.
#[tokio::test]
async fn without_room_for_the_copy_nothing_is_changed() {
    at_sqlite(async |url: &DatabaseUrl| {
        old::make(url, OLD).await;
        let before = every_column_and_row(url).await;
        let DatabaseUrl::Sqlite(path) = url else { panic!("not SQLite") };
        // The copy cannot take this name.
        let taken = path.with_file_name("papo.db.before-migration-from-0007");
        std::fs::create_dir(&taken).unwrap();
        let refused = Db::open(url).await.unwrap_err();
        assert!(matches!(&refused, OpenError::NotCopied { path, .. } if *path == taken), "{refused:?}");
        assert_eq!(every_column_and_row(url).await, before);
        assert_eq!(copies(path).len(), 1, "no half of a copy stays");
    })
    .await;
}

/// A copy goes at the first start that has nothing to migrate.
#[tokio::test]
async fn copies_are_kept_for_one_start() {
    at_sqlite(async |url: &DatabaseUrl| {
        old::make(url, OLD).await;
        let DatabaseUrl::Sqlite(path) = url else { panic!("not SQLite") };
        std::fs::write(path.with_file_name("papo.db.before-migration-from-0003.unfinished"), "half").unwrap();
        for left in [2, 0] {
            let db = Db::open(url).await.unwrap().0;
            db.remove_old_copies();
            db.close().await;
            assert_eq!(copies(path).len(), left);
        }
        assert!(path.exists());
    })
    .await;
}
