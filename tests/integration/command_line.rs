//! `papo user …` and the like: on the database that is there, and never on one that they make.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::support::{
    Served, TestApp, new_database,
    served::{done, papo, refused},
};

/// Runs a command with a line on its standard input.
fn told(data: &Path, arguments: &[&str], line: &str) {
    let mut child = papo()
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn add(data: &Path, name: &str, role: &[&str]) {
    let email = format!("{name}@example.org");
    told(data, &[&["user", "add", name, "--email", &email], role].concat(), "a long password\n");
}

/// A folder with a database, whose server has stopped.
fn stopped() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Served::start(&data).stop();
    (folder, data)
}

#[test]
fn no_command_makes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for words in [
        "user list",
        "user show ana",
        "user add ana --email ana@example.org",
        "user disable ana",
        "token ana",
        "token list ana",
        "backup copy",
        "epoch new",
    ] {
        let line = refused(&data, &words.split(' ').collect::<Vec<_>>());
        for word in [data.join("papo.db").to_str().unwrap(), "--data", "PAPO_DATA"] {
            assert!(line.contains(word), "{words}: {line}");
        }
        assert!(!data.exists(), "{words} made the folder");
    }
    // A failed copy is no database either.
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("papo.db"), "").unwrap();
    assert!(refused(&data, &["user", "list"]).contains("there is no database"));
    assert_eq!(std::fs::metadata(data.join("papo.db")).unwrap().len(), 0);
}

#[tokio::test]
async fn no_command_makes_tables_in_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database().await;
    let line = refused(folder.path(), &["user", "list", "--database-url", &url]);
    assert!(line.contains("PAPO_DATABASE_URL"), "{line}");
}

#[test]
fn accounts_are_made_listed_and_shown() {
    let (_folder, data) = stopped();
    add(&data, "ana", &["--administrator"]);
    add(&data, "bea", &[]);
    let list = done(&data, &["user", "list"]);
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].starts_with("ana\tana\tana@example.org\tadministrator\tcreated 2"), "{list}");
    assert!(lines[1].starts_with("bea\tbea\tbea@example.org\tmember\tcreated 2"), "{list}");
    assert!(refused(&data, &["user", "disable", "nobody"]).contains("nobody"));

    done(&data, &["user", "disable", "bea"]);
    assert!(done(&data, &["user", "list"]).contains("disabled"));
    let shown = done(&data, &["user", "show", "bea@example.org"]);
    for line in [
        "user name  bea",
        "role       member",
        "state      disabled",
        "sessions   0",
        "tokens     0",
        "rooms      1 channels (general)",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    done(&data, &["user", "enable", "bea"]);
    done(&data, &["token", "bea"]);
    let shown = done(&data, &["user", "show", "bea"]);
    assert!(shown.contains("state      may sign in") && shown.contains("tokens     1"), "{shown}");
}

/// Nobody tells the server of it, so its clients find out by the next seq.
#[tokio::test]
async fn an_account_that_is_made_beside_a_server_is_in_general_and_found_by_the_next_seq() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let page = ana.open("general").await;
        let cursor = page["cursor"].as_i64().unwrap();
        let mut live = ana.live().await;
        app.papo_told(&["user", "add", "bea", "--email", "bea@example.org"], "a long password\n").await;
        ana.say(app.general, "who is there?").await.expect(200);
        // Entering took two.
        assert_eq!(live.until("message").await["seq"], cursor + 3);
        let epoch = ana.read("overview", &[]).await.json()["epoch"].as_str().unwrap().to_owned();
        let told = live.sync(&epoch, json!({ app.general.to_string(): cursor })).await;
        let synced = told.iter().find(|event| event["type"] == "synced").unwrap();
        let [member] = synced["members"].as_array().unwrap().as_slice() else { panic!("{synced}") };
        assert_eq!((live.who(&member["user"]), &member["joined"]), ("bea", &json!(true)));
        let [line, text] = synced["messages"].as_array().unwrap().as_slice() else { panic!("{synced}") };
        assert_eq!((&line["notice"], live.who(&line["from"])), (&json!("joined"), "bea"));
        assert_eq!(text["text"], "who is there?");
    }
}

#[test]
fn the_last_administrator_goes_only_if_that_is_said() {
    let (_folder, data) = stopped();
    add(&data, "ana", &["--administrator"]);
    add(&data, "bea", &[]);
    for command in ["disable ana", "role ana member"] {
        let words: Vec<&str> = ["user"].into_iter().chain(command.split(' ')).collect();
        let line = refused(&data, &words);
        assert!(line.contains("last administrator") && line.contains("--yes"), "{line}");
    }
    done(&data, &["user", "role", "bea", "administrator"]);
    done(&data, &["user", "disable", "ana"]);
    // Who is disabled does not count.
    assert!(refused(&data, &["user", "role", "bea", "member"]).contains("last administrator"));
    done(&data, &["user", "role", "bea", "member", "--yes"]);
}

/// Whether the terminal, which is named on the first line of its screen, still does.
fn shows_what_is_typed(screen: &str) -> bool {
    let terminal = screen.lines().next().unwrap().trim();
    let modes = Command::new("stty").args(["-F", terminal, "-a"]).output().unwrap();
    assert!(modes.status.success(), "{screen}");
    !String::from_utf8(modes.stdout).unwrap().contains("-echo ")
}

#[test]
fn a_password_at_a_terminal_is_asked_twice_and_never_shown() {
    let (_folder, data) = stopped();
    add(&data, "ana", &[]);
    let papo = format!("{} user password ana --data {}", env!("CARGO_BIN_EXE_papo"), data.display());
    let command = format!("tty; exec {papo}");
    for (again, is_set) in [("a secret password", true), ("another password", false)] {
        let mut terminal = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut keys, mut screen) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
        let mut shown = Vec::new();
        for (prompt, typed) in [("Password: ", "a secret password"), ("The same again: ", again)] {
            let mut byte = [0];
            while !String::from_utf8_lossy(&shown).contains(prompt) {
                assert_eq!(screen.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
                shown.extend(byte);
            }
            while shows_what_is_typed(&String::from_utf8_lossy(&shown)) {}
            writeln!(keys, "{typed}").unwrap();
        }
        screen.read_to_end(&mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(terminal.wait().unwrap().success(), is_set, "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("another"), "{shown}");
        assert_eq!(shown.contains("the two passwords differ"), !is_set, "{shown}");
    }
}
