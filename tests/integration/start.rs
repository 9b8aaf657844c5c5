//! Starting: what keeps the binary from it, told in one line.

use std::process::{Command, Output};

use clap::Parser as _;
use papo::server::config::CommandLine;

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
    let line = refused(&["--data", &path, "--listen", &address]);
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

#[test]
fn accounts_are_made_on_the_command_line() {
    use std::io::Write as _;
    let (_data, path) = folder();
    let mut add = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["user", "add", "ana", "--email", "ana@example.org", "--administrator", "--data", &path])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    add.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    assert!(add.wait().unwrap().success());
    let list = String::from_utf8(papo(&["user", "list", "--data", &path]).stdout).unwrap();
    assert_eq!(list, "ana\tana\tana@example.org\tadministrator\n");
    assert!(refused(&["user", "disable", "nobody", "--data", &path]).contains("nobody"));
}
