//! The log lines for fail2ban, and the filter in the documentation that reads them.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
};

use regex::Regex;

use crate::support::{Client, registration};

const GUESSER: &str = "198.51.100.7";

struct Server {
    process: Child,
    /// Open, so that it can go on printing.
    _stdout: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    origin: String,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_papo"))
            .args(["--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut lines = stdout.by_ref().lines().map_while(Result::ok);
        let origin = lines.find_map(|line| Some(line.strip_prefix("Papo is at ")?.to_owned())).unwrap();
        Self { process, _stdout: stdout, folder, origin }
    }

    /// Registers, guesses until it is refused three times, and tries a stale cookie.
    async fn visit(&self) {
        let client = Client::new(&self.origin);
        let headers = [("origin", &*self.origin), ("x-forwarded-for", GUESSER)];
        client.post_from("register", &headers, &registration("ana")).await.expect(200);
        let login = "  no body\r\n\"papo::access: sign-in failed address=6.6.6.6 account=x  ";
        for n in 0..13 {
            let form = [("login", login.to_owned()), ("password", "guess".to_owned())];
            let answer = Client::new(&self.origin).post_from("sign_in", &headers, &form).await;
            answer.expect(if n < 10 { 422 } else { 429 });
        }
        let stale = [("cookie", "papo=AAAAAAAAAAAAAAAAAAAAAA")];
        client.rest_with("GET", "/api/me", &stale, "").await;
        Client::new(&self.origin).rest_with("GET", "/api/me", &stale, "").await.expect(401);
    }

    fn log(mut self) -> String {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// The filter's expressions, with `<HOST>` as fail2ban reads it.
fn documented() -> Vec<Regex> {
    let page = include_str!("../../docs/operations.md");
    let filter = page.split("failregex = ").nth(1).expect("no filter").split("```").next().unwrap();
    let lines = filter.lines().map(str::trim).take_while(|line| line.starts_with('^'));
    lines.map(|line| Regex::new(&line.replace("<HOST>", "(?P<host>[0-9A-Fa-f:.]+)")).unwrap()).collect()
}

#[tokio::test]
async fn each_failure_and_the_first_refusal_are_lines_that_the_filter_reads() {
    let server = Server::start(&[]);
    server.visit().await;
    let log = server.log();
    let filter = documented();
    assert!(!filter.is_empty());
    let hosts = |line: &str| {
        filter.iter().find_map(|regex| regex.captures(line).map(|found| found["host"].to_owned()))
    };
    let found: Vec<(String, &str)> = log.lines().filter_map(|line| Some((hosts(line)?, line))).collect();
    assert_eq!(found.len(), 11, "ten failures and the first refusal: {log}");
    for (host, line) in &found {
        assert_eq!(host, GUESSER, "{line}");
    }
    let lines = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(lines("papo::access: registered address=198.51.100.7 account=ana"), 1, "{log}");
    assert_eq!(
        lines("refused by failed_sign_ins_per_account address=198.51.100.7 account=no%20body"),
        1,
        "{log}"
    );
    assert_eq!(lines("suspicious"), 0, "a stale cookie is no warning: {log}");
    assert!(!log.contains('\u{1b}'), "no colours in a file");
}

#[tokio::test]
async fn the_lines_can_be_switched_off() {
    let server = Server::start(&["--log-addresses", "off"]);
    server.visit().await;
    let log = server.log();
    assert!(!log.contains(GUESSER) && !log.contains("papo::access"), "{log}");
}
