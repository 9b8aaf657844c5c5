//! Starting: what keeps the binary from it, told in one line.

use std::process::{Command, Output};

use clap::Parser as _;
use papo::server::config::CommandLine;

use crate::support::{Client, Served, new_database};

fn papo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_papo")).args(arguments).env_remove("LEPTOS_SITE_ADDR").output().unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = papo(arguments);
    assert!(!output.status.success(), "{arguments:?} started");
    String::from_utf8(output.stderr).unwrap()
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_port_in_use_is_named() {
    let (_data, path) = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(&["--data", &path, "--listen", &address]);
    let (_, line) = said.split_once("made at").expect("the new database is told first");
    let line = line.split_once('\n').unwrap().1;
    assert!(line.contains(&address) && line.contains("--listen"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let (data, path) = folder();
    std::fs::write(data.path().join("file"), "").unwrap();
    let below = format!("{path}/file/data");
    let line = refused(&["--data", &below]);
    assert!(line.contains(&below) && line.contains("--data"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let (_data, path) = folder();
    let line = CommandLine::parse_from(["papo", "--data", &path, "--listen", "127.0.0.1:0"]);
    let _first = papo::server::start(line.options).await.unwrap();
    let line = refused(&["--data", &path, "--listen", "127.0.0.1:0"]);
    assert!(line.contains("another Papo server") && line.contains(&path), "{line}");
}

#[test]
fn a_malformed_value_is_named() {
    let (_data, path) = folder();
    for (option, value) in [
        ("--listen", "nowhere"),
        ("--public-url", "chat.example.org"),
        ("--database-url", "mysql://x"),
        ("--nats-url", "127.0.0.1:4222"),
        ("--registration", "maybe"),
        ("--log", "papo=loud"),
    ] {
        let line = refused(&["--data", &path, option, value]);
        assert!(line.contains(value), "{option}: {line}");
    }
}

#[test]
fn several_nodes_need_postgres() {
    let (_data, path) = folder();
    let line = refused(&["--data", &path, "--nats-url", "nats://127.0.0.1:4222"]);
    assert!(line.contains("--nats-url") && line.contains("--database-url"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

/// A server that starts with these settings, and its log.
fn started(environment: &[(&str, &str)], options: &[&str]) -> (Served, String, tempfile::TempDir) {
    let (folder, _) = folder();
    let server = Served::start_with(&folder.path().join("data"), options, environment);
    let log = server.log();
    (server, log, folder)
}

#[test]
fn unknown_variables_are_one_warning_each_with_what_may_be_meant() {
    let (_server, log, _data) =
        started(&[("PAPO_REGISTRATON", "closed"), ("PAPO_TYPO", "1"), ("PAPO_LIMITS", "on")], &[]);
    let unknown: Vec<&str> = log.lines().filter(|line| line.contains("no setting")).collect();
    assert_eq!(unknown.len(), 2, "{log}");
    assert!(
        unknown.iter().any(|line| line.contains("PAPO_REGISTRATON") && line.contains("PAPO_REGISTRATION?"))
    );
    assert!(unknown.iter().any(|line| line.contains("PAPO_TYPO") && line.contains("WARN")));
}

#[tokio::test]
async fn empty_variables_are_as_good_as_none() {
    let names = [
        "DATABASE_URL",
        "NATS_URL",
        "PUBLIC_URL",
        "CORS_ORIGINS",
        "TRUSTED_PROXIES",
        "REGISTRATION",
        "DEMO",
        "LIMITS",
        "PROTOCOLS",
        "LOG",
    ];
    let names = names.map(|name| format!("PAPO_{name}"));
    let mut empty: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    empty.push(("LEPTOS_SITE_ADDR", ""));
    let (server, log, _data) = started(&empty, &[]);
    Client::new(&server.origin).get("/health").await.expect(200);
    assert!(!log.contains("no setting") && !log.contains("demo"), "{log}");
}

#[test]
fn the_demo_is_switched_by_any_usual_word() {
    for (word, is_demo) in [("yes", true), ("1", true), ("true", true), ("no", false), ("0", false)] {
        let (_server, log, _data) = started(&[("PAPO_DEMO", word)], &[]);
        assert_eq!(log.contains("demo users"), is_demo, "{word}: {log}");
    }
    let (_server, log, _data) = started(&[], &["--demo"]);
    assert!(log.contains("demo users"));
}

#[test]
fn a_log_word_that_is_no_level_is_named() {
    let (_data, path) = folder();
    for (words, named) in [("verbose", "verbose"), ("info,papo", "papo"), ("debug,chatty", "chatty")] {
        let line = refused(&["--data", &path, "--log", words]);
        assert!(line.contains(&format!("{named:?} is no level")) && line.contains("warn"), "{line}");
    }
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    let (_server, log, _data) = started(&[], &[]);
    assert!(log.contains("WARN") && !log.contains('\u{1b}'), "{log:?}");
}

#[test]
fn an_address_without_a_host_or_a_socket_is_told_what_to_write() {
    let (_data, path) = folder();
    for (address, hint) in
        [(":5101", "0.0.0.0:5101"), ("5101", "127.0.0.1:5101"), ("unix:/run/papo", "TCP only")]
    {
        let line = refused(&["--data", &path, "--listen", address]);
        assert!(line.contains(hint), "{line}");
    }
}

#[test]
fn a_new_database_is_told_with_its_place_and_an_old_one_is_not() {
    let (folder, _) = folder();
    let data = folder.path().join("data");
    let server = Served::start(&data);
    let place = format!("a new, empty database is made at {}", data.join("papo.db").display());
    assert_eq!(server.log().matches(&place).count(), 1, "{}", server.log());
    server.stop();
    assert_eq!(Served::start(&data).log().matches(&place).count(), 1);
}

#[tokio::test]
async fn a_postgres_that_is_not_in_utf8_is_refused() {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
    let url = new_database().await;
    let (host, name) = url.rsplit_once('/').unwrap();
    let mut admin = PgConnection::connect(&format!("{host}/postgres")).await.unwrap();
    let make = format!("create database {name}_latin encoding 'LATIN1' locale 'C' template template0");
    admin.execute(AssertSqlSafe(make)).await.unwrap();
    let (_data, path) = folder();
    let said = refused(&["--data", &path, "--database-url", &format!("{url}_latin")]);
    let line = said.lines().last().unwrap();
    assert!(line.contains("LATIN1") && line.contains("UTF8"), "{line}");
}
