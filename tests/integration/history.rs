//! A database that was put back has another epoch than before, however that was done.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitStatus,
};

use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::support::{
    Client, Served, message, new_database, registration,
    served::{done, papo},
};

struct Site {
    data: PathBuf,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { data: folder.path().join("data"), _folder: folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    fn beside(&self, name: &str) -> String {
        self.data.with_file_name(name).to_str().unwrap().to_owned()
    }
}

async fn epoch(server: &Served, user: &Client) -> String {
    let overview = user.at(&server.origin).read("overview", &[]).await.expect(200).json();
    overview["epoch"].as_str().unwrap().to_owned()
}

async fn general(user: &Client) -> i64 {
    user.open("general").await["room"]["id"].as_i64().unwrap()
}

/// A server with a user who has said something.
async fn begin(site: &Site) -> (Served, Client, String) {
    let server = Served::start(&site.data);
    let ana = Client::new(&server.origin);
    ana.post("register", &registration("ana")).await.expect(200);
    let room = general(&ana).await;
    ana.say(room, "before").await.expect(200);
    let epoch = epoch(&server, &ana).await;
    (server, ana, epoch)
}

fn remove_log(site: &Site) {
    for name in ["papo.db-wal", "papo.db-shm"] {
        fs::remove_file(site.file(name)).unwrap_or_default();
    }
}

#[tokio::test]
async fn a_restart_keeps_the_epoch_whether_it_was_killed_or_stopped() {
    let site = Site::new();
    let (server, ana, first) = begin(&site).await;
    server.kill();
    let server = Served::start(&site.data);
    assert_eq!(epoch(&server, &ana).await, first);
    server.stop();
    let server = Served::start(&site.data);
    assert_eq!(epoch(&server, &ana).await, first);
    assert!(!server.log().contains("put back"), "{}", server.log());
}

/// Each way in which an operator puts an earlier state back.
type Way = (&'static str, fn(&Site));

const WAYS: [Way; 4] = [
    ("a copy over the file", |site| {
        fs::copy(site.beside("backup"), site.file("papo.db")).unwrap();
        remove_log(site);
    }),
    ("another file with the name", |site| {
        fs::remove_file(site.file("papo.db")).unwrap();
        remove_log(site);
        fs::copy(site.beside("backup"), site.file("papo.db")).unwrap();
    }),
    ("the folder without what the server noted", |site| {
        fs::remove_dir_all(&site.data).unwrap();
        fs::create_dir(&site.data).unwrap();
        fs::copy(site.beside("backup"), site.file("papo.db")).unwrap();
    }),
    ("papo restore", |site| {
        done(&site.data, &["restore", &site.beside("backup")]);
    }),
];

#[tokio::test]
async fn whichever_way_a_backup_is_put_back_the_epoch_is_another() {
    for (what, put_back) in WAYS {
        for is_killed in [false, true] {
            let site = Site::new();
            let (server, ana, first) = begin(&site).await;
            done(&site.data, &["backup", "--with-secrets", &site.beside("backup")]);
            let room = general(&ana).await;
            ana.say(room, "lost").await.expect(200);
            if is_killed {
                server.kill()
            } else {
                server.stop()
            }
            put_back(&site);
            let server = Served::start(&site.data);
            let ana = ana.at(&server.origin);
            assert_ne!(epoch(&server, &ana).await, first, "{what}, killed: {is_killed}: {}", server.log());
            let texts = ana.open("general").await["history"]["messages"].to_string();
            assert!(texts.contains("before") && !texts.contains("lost"), "{what}");

            // Once it is told, it stays.
            let second = epoch(&server, &ana).await;
            server.stop();
            let server = Served::start(&site.data);
            assert_eq!(epoch(&server, &ana).await, second, "{what}: {}", server.log());
        }
    }
}

#[tokio::test]
async fn a_copy_of_the_whole_folder_has_another_epoch() {
    let site = Site::new();
    let (server, ana, first) = begin(&site).await;
    server.stop();
    let other = Site::new();
    fs::create_dir(&other.data).unwrap();
    for entry in fs::read_dir(&site.data).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), other.file(entry.file_name().to_str().unwrap())).unwrap();
    }
    let server = Served::start(&other.data);
    assert_ne!(epoch(&server, &ana).await, first);
}

/// Waits for the end, and tells whether `/ready` was not 200 at any time before it.
async fn watch_the_end(mut server: Served) -> (bool, ExitStatus, String) {
    let asking = Client::new(&server.origin);
    let waiting = tokio::task::spawn_blocking(move || {
        let status = server.ended();
        (status, server.log())
    });
    let mut was_unready = false;
    while !waiting.is_finished() {
        let Ok(answer) = reqwest::get(format!("{}/ready", asking.origin)).await else { continue };
        was_unready |= answer.status().as_u16() == 503;
    }
    let (status, log) = waiting.await.unwrap();
    (was_unready, status, log)
}

fn replace(path: &Path, content: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, path).unwrap();
}

#[tokio::test]
async fn files_that_are_replaced_under_a_running_server_end_it_and_nothing_more_is_acknowledged() {
    for name in ["papo.db", "papo.db-wal"] {
        let site = Site::new();
        let (server, ana, _) = begin(&site).await;
        let room = general(&ana).await;
        let file = site.file(name);
        replace(&file, &fs::read(&file).unwrap());
        let sent = ana.post("post_message", &message(room, "into a deleted file")).await;
        assert_eq!(sent.status, 503, "{name}: {}", sent.text);
        let (was_unready, status, log) = watch_the_end(server).await;
        assert_eq!(status.code(), Some(74), "{name}: {log}");
        assert!(was_unready, "{name}: /ready said 200 to the end");
        assert!(log.contains("deleted or replaced"), "{name}: {log}");
    }
}

#[tokio::test]
async fn a_backup_that_is_moved_over_a_running_server_is_served_whole_after_its_end() {
    let site = Site::new();
    let (server, ana, first) = begin(&site).await;
    done(&site.data, &["backup", "--with-secrets", &site.beside("backup")]);
    ana.say(general(&ana).await, "lost").await.expect(200);
    fs::rename(site.beside("backup"), site.file("papo.db")).unwrap();
    let (_, status, log) = watch_the_end(server).await;
    assert_eq!(status.code(), Some(74), "{log}");
    let orphans = fs::read_dir(&site.data).unwrap().map(|entry| entry.unwrap());
    let orphans: Vec<_> =
        orphans.filter(|entry| entry.file_name().to_string_lossy().contains("orphan")).collect();
    assert!(
        orphans.len() == 1 && orphans[0].metadata().unwrap().len() > 0,
        "what was in the log is kept: {log}"
    );

    let server = Served::start(&site.data);
    let ana = ana.at(&server.origin);
    assert_ne!(epoch(&server, &ana).await, first);
    let texts = ana.open("general").await["history"]["messages"].to_string();
    assert!(texts.contains("before") && !texts.contains("lost"), "{texts}");
}

#[tokio::test]
async fn a_deleted_file_ends_an_idle_server() {
    let site = Site::new();
    let (server, _, _) = begin(&site).await;
    fs::remove_file(site.file("papo.db")).unwrap();
    let (_, status, log) = watch_the_end(server).await;
    assert_eq!(status.code(), Some(74), "{log}");
}

#[tokio::test]
async fn a_new_epoch_ends_a_running_server_which_serves_it_after() {
    let site = Site::new();
    let (server, ana, first) = begin(&site).await;
    done(&site.data, &["epoch", "new"]);
    let (was_unready, status, log) = watch_the_end(server).await;
    assert_eq!((status.code(), was_unready), (Some(75), true), "{log}");
    let server = Served::start(&site.data);
    assert_ne!(epoch(&server, &ana).await, first);
}

#[tokio::test]
async fn nodes_notice_that_their_postgres_was_put_back_under_them() {
    for sql in [
        // An earlier mark, as a restored dump has it, and one of another time line of the same number.
        "update settings set value = replace(value, '\"number\":', '\"number\":0,\"was\":') where key = 'history'",
        "update settings set value = replace(value, '\"id\":\"', '\"id\":\"x') where key = 'history'",
        "delete from settings where key = 'history'",
        "update settings set value = 'x' where key = 'epoch'",
    ] {
        let site = Site::new();
        let url = new_database().await;
        let server = Served::start_with(&site.data, &["--database-url", &url], &[]);
        let mut conn = PgConnection::connect(&url).await.unwrap();
        conn.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
        let (_, status, log) = watch_the_end(server).await;
        assert_eq!(status.code(), Some(75), "{sql}: {log}");
    }
}

#[tokio::test]
async fn a_restored_dump_has_another_epoch_also_for_a_node_with_a_new_folder() {
    let (site, new) = (Site::new(), Site::new());
    let url = new_database().await;
    let server = Served::start_with(&site.data, &["--database-url", &url], &[]);
    let ana = Client::new(&server.origin);
    ana.post("register", &registration("ana")).await.expect(200);
    let first = epoch(&server, &ana).await;
    server.stop();

    // A copy of a database has tables of its own, as a restored dump has.
    let (host, name) = url.rsplit_once('/').unwrap();
    let mut conn = PgConnection::connect(&format!("{host}/postgres")).await.unwrap();
    let copy = format!("create database {name}_copy template {name}");
    conn.execute(sqlx::AssertSqlSafe(copy)).await.unwrap();
    let server = Served::start_with(&new.data, &["--database-url", &format!("{url}_copy")], &[]);
    assert_ne!(epoch(&server, &ana).await, first);

    // Untouched, it is believed, also by a node with a new folder.
    let other = Site::new();
    let server = Served::start_with(&other.data, &["--database-url", &url], &[]);
    assert_eq!(epoch(&server, &ana).await, first);
}

#[test]
fn a_log_of_another_database_is_named_where_it_keeps_the_server_from_starting() {
    let site = Site::new();
    Served::start(&site.data).stop();
    fs::write(site.file("papo.db"), [b'x'; 8_192]).unwrap();
    let output = papo().args(["--data", site.data.to_str().unwrap()]).output().unwrap();
    let line = String::from_utf8(output.stderr).unwrap();
    let told = line.lines().last().unwrap();
    for word in ["papo.db", "papo restore", "-wal"] {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(told.matches("not a database").count(), 1, "the cause is told once: {told}");
}
