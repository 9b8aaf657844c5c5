//! What must happen elsewhere: mails reach a real mail server, once it takes them, and nothing is lost meanwhile.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::support::TestApp;

/// A mail server as a process.
struct MailServer {
    process: Child,
    url: String,
    inbox: TempDir,
}

impl MailServer {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/python/bin/python");
        assert!(python.exists(), "{} is missing: run scripts/setup python", python.display());
        let inbox = tempfile::tempdir().unwrap();
        let mut process = Command::new(python)
            .arg(root.join("tests/integration/support/mail_server.py"))
            .arg(inbox.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { process, url: format!("smtp://127.0.0.1:{}", port.trim()), inbox }
    }

    fn mail(&self, number: u32) -> String {
        fs::read_to_string(self.inbox.path().join(format!("{number}.eml"))).unwrap()
    }

    /// Addresses that begin with `later` are taken from now on.
    fn open(&self) {
        fs::write(self.inbox.path().join("open"), "").unwrap();
    }

    /// The options of a command that sends by it.
    fn options<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        [words, &["--smtp-url", &self.url, "--mail-from", "Papo <papo@example.org>"]].concat()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The first row of `papo outbox list`, field by field.
async fn first_row(app: &TestApp) -> Vec<String> {
    let list = app.papo(&["outbox", "list"]).await;
    list.lines().next().unwrap_or_default().split('\t').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_test_mail_goes_out_at_once() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let said = app.papo(&server.options(&["mail", "test", "ana@example.org"])).await;
    assert_eq!(said, "The mail server took a mail to ana@example.org.\n");
    let mail = server.mail(1);
    for header in [
        "From: Papo <papo@example.org>",
        "To: ana@example.org",
        "Subject: A test of Papo's mail",
        "Message-ID: <papo.",
    ] {
        assert!(mail.contains(header), "{header}: {mail}");
    }
    assert_eq!(app.papo(&["outbox", "list"]).await, "");
}

#[tokio::test]
async fn what_the_mail_server_takes_later_waits_and_is_sent_again() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let server = MailServer::start();
        let refused = app.papo_refused(&server.options(&["mail", "test", "later@example.org"])).await;
        assert!(refused.contains("Come again later"), "{refused}");
        let row = first_row(&app).await;
        assert_eq!((row[1].as_str(), row[2].as_str()), ("mail", "attempts 1"), "{row:?}");
        assert!(row[3].starts_with("next 2") && row[4].contains("Come again later"), "{row:?}");
        assert!(refused.contains(&row[0]), "{refused}");

        server.open();
        app.papo(&server.options(&["outbox", "retry", &row[0]])).await;
        assert!(server.mail(1).contains(&format!("Message-ID: <papo.{}@example.org>", row[0])));
        assert_eq!(app.papo(&["outbox", "list"]).await, "");
    }
}

#[tokio::test]
async fn what_can_never_be_sent_is_given_up_and_can_be_thrown_away() {
    let (app, server) = (TestApp::start().await, MailServer::start());
    let refused = app.papo_refused(&server.options(&["mail", "test", "never@example.org"])).await;
    assert!(refused.contains("Nobody has this address"), "{refused}");
    let row = first_row(&app).await;
    assert_eq!(row[3], "given up");
    app.papo(&["outbox", "delete", &row[0]]).await;
    assert_eq!(app.papo(&["outbox", "list"]).await, "");
    let refused = app.papo_refused(&["outbox", "delete", &row[0]]).await;
    assert!(refused.contains(&format!("no number {}", row[0])), "{refused}");
    let refused = app.papo_refused(&["mail", "test", "ana@example.org"]).await;
    assert!(refused.contains("no mail server is set"), "{refused}");
}

#[tokio::test]
async fn a_running_server_sends_what_a_command_left_behind() {
    let server = MailServer::start();
    let app = TestApp::start_with(&server.options(&[])).await;
    app.papo_refused(&server.options(&["mail", "test", "later@example.org"])).await;
    server.open();
    // Its next attempt is due after ten seconds; a server that never makes it must not be waited for.
    for _ in 0..5_000 {
        if app.papo(&["outbox", "list"]).await.is_empty() {
            break;
        }
    }
    assert!(server.mail(1).contains("To: later@example.org"));
}
