//! `papo backup` and `papo restore`: what is in a backup, and what is refused.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::support::{
    Client, Served, new_database, registration,
    served::{done, refused, run},
};

struct Site {
    data: PathBuf,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { data: folder.path().join("data"), folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

async fn with_ana(site: &Site) -> (Served, Client) {
    let server = Served::start(&site.data);
    let ana = Client::new(&server.origin);
    ana.post("register", &registration("ana")).await.expect(200);
    (server, ana)
}

fn count(file: &str, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    Connection::open(file).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_backup_holds_what_people_wrote_and_nothing_that_opens_the_site() {
    let site = Site::new();
    let (server, ana) = with_ana(&site).await;
    let room = ana.open("general").await["room"]["id"].as_i64().unwrap();
    ana.say(room, "kept").await.expect(200);
    let (plain, whole) = (site.path("plain"), site.path("whole"));
    done(&site.data, &["backup", &plain]);
    done(&site.data, &["backup", &whole, "--with-secrets"]);
    for file in [&plain, &whole] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!((count(file, "users"), count(file, "messages")), (1, count(&whole, "messages")));
    }
    assert_eq!((count(&plain, "sessions"), count(&whole, "sessions")), (0, 1));
    let secrets = "settings where key in ('setup', 'token')";
    assert_eq!(count(&plain, secrets), 0);
    let session: String =
        Connection::open(&whole).unwrap().query_row("select id from sessions", [], |row| row.get(0)).unwrap();
    let bytes = fs::read(&plain).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("kept") && !holds(&session), "what is left out is not in free pages either");

    let line = refused(&site.data, &["backup", &plain]);
    assert!(line.contains(&plain), "{line}");
    assert_eq!(fs::read(&plain).unwrap(), bytes, "an existing file is never overwritten");
    drop(server);
}

#[tokio::test]
async fn a_restored_backup_serves_what_it_holds_and_the_database_before_it_is_kept() {
    let site = Site::new();
    let (server, ana) = with_ana(&site).await;
    let room = ana.open("general").await["room"]["id"].as_i64().unwrap();
    let backup = site.path("backup");
    done(&site.data, &["backup", &backup]);
    ana.say(room, "after").await.expect(200);
    // Its write-ahead log stays behind.
    server.kill();
    assert!(site.data.join("papo.db-wal").exists());
    let told = done(&site.data, &["restore", &backup]);
    assert!(told.contains("1 accounts") && told.contains("signs in again"), "{told}");
    assert!(!site.data.join("papo.db-wal").exists());

    let kept = told.lines().find_map(|line| line.strip_prefix("The database before it is ")).unwrap();
    let kept = kept.trim_end_matches('.');
    let texts: i64 = Connection::open(kept)
        .unwrap()
        .query_row("select count(*) from messages where text = 'after'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(texts, 1, "nothing of it is lost");

    let server = Served::start(&site.data);
    ana.at(&server.origin).read("overview", &[]).await.expect(401);
    let login = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    let again = Client::new(&server.origin);
    again.post("sign_in", &login).await.expect(200);
    assert!(!again.open("general").await["history"]["messages"].to_string().contains("after"));
    // Ids and rooms go on.
    again.say(room, "anew").await.expect(200);
}

#[tokio::test]
async fn a_copy_with_its_log_beside_it_is_restored_whole() {
    let site = Site::new();
    let (server, ana) = with_ana(&site).await;
    let room = ana.open("general").await["room"]["id"].as_i64().unwrap();
    ana.say(room, "only in the log").await.expect(200);
    server.kill();
    for suffix in ["", "-wal"] {
        fs::copy(site.data.join(format!("papo.db{suffix}")), site.path(&format!("copy{suffix}"))).unwrap();
    }
    let other = Site::new();
    done(&other.data, &["restore", &site.path("copy")]);
    let sql = "messages where text = 'only in the log'";
    assert_eq!(count(other.data.join("papo.db").to_str().unwrap(), sql), 1);
}

fn newer(path: &Path) {
    let sql = "insert into _sqlx_migrations values (9999, 'x', 0, true, x'00', 0)";
    Connection::open(path).unwrap().execute(sql, []).unwrap();
}

#[tokio::test]
async fn what_cannot_be_served_is_not_restored_and_changes_nothing() {
    let site = Site::new();
    let (server, _) = with_ana(&site).await;
    let backup = site.path("backup");
    done(&site.data, &["backup", &backup]);
    let line = refused(&site.data, &["restore", &backup]);
    assert!(line.contains("another Papo server uses"), "while the server runs: {line}");
    server.stop();

    let copy = |name: &str| {
        fs::copy(&backup, site.path(name)).unwrap();
        site.path(name)
    };
    let damaged = copy("damaged");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[4_096..24_576].fill(b'x');
    fs::write(&damaged, bytes).unwrap();
    newer(Path::new(&copy("newer")));
    fs::write(site.path("words"), "no database").unwrap();
    Connection::open(site.path("foreign")).unwrap().execute_batch("create table t (x)").unwrap();
    let before = fs::read(site.data.join("papo.db")).unwrap();
    for (name, why) in [
        ("missing", "there is no file"),
        ("damaged", "damaged"),
        ("newer", "9999"),
        ("words", "no database of Papo"),
        ("foreign", "no database of Papo"),
        ("data/papo.db", "the database itself"),
    ] {
        let line = refused(&site.data, &["restore", &site.path(name)]);
        assert!(line.contains(why), "{name}: {line}");
    }
    assert_eq!(fs::read(site.data.join("papo.db")).unwrap(), before);
    let rest: Vec<_> = fs::read_dir(&site.data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!rest.iter().any(|name| name.to_str().unwrap().contains(".re")), "nothing is left: {rest:?}");
}

#[tokio::test]
async fn postgres_is_left_to_its_own_programs() {
    let site = Site::new();
    let url = new_database().await;
    for (arguments, program) in [(["backup", "x"], "pg_dump"), (["restore", "x"], "pg_restore")] {
        let output = run(&site.data, &[&arguments[..], &["--database-url", &url]].concat());
        assert!(!output.status.success());
        let line = String::from_utf8(output.stderr).unwrap();
        assert!(line.contains(program), "{line}");
    }
}
