//! Nothing that opens something reaches the log, however much is logged.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Client, LiveClient, registration};

#[tokio::test]
async fn passwords_tokens_tickets_and_cookies_stay_out_of_the_log() {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let mut server = Command::new(env!("CARGO_BIN_EXE_papo"))
        .args(["--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()])
        .env("PAPO_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let origin = lines.find_map(|line| Some(line.strip_prefix("Papo is at ")?.to_owned())).unwrap();

    let secrets = use_everything(&origin).await;
    server.kill().unwrap();
    server.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("/api/live"), "what was asked is logged");
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{secret}");
    }
}

/// Does all that needs a secret, well and badly, and gives the secrets.
async fn use_everything(origin: &str) -> Vec<String> {
    let ana = Client::new(origin);
    ana.post("register", &registration("ana")).await.expect(200);
    let cookies = ana.cookies();
    let cookies = cookies.split("; ").map(|cookie| cookie.split_once('=').unwrap().1.to_owned());
    let wish = json!({ "login": "ana", "password": "a long password" });
    let login = ana.rest("POST", "/api/tokens", wish).await.expect(201).json()["token"].clone();
    let wish = [("name", "bot".to_owned()), ("scope", "write".to_owned())];
    let personal = ana.post("create_token", &wish).await.expect(200).json()["token"].clone();
    ana.submit("/settings", "create_token", &wish).await.expect(200);
    let mut secrets = vec!["a long password".to_owned(), "a%20long%20password".to_owned()];
    secrets.extend(cookies);
    for token in [login, personal] {
        let token = token.as_str().unwrap().to_owned();
        let program = Client::bearing(origin, &token);
        let ticket =
            program.rest("POST", "/api/tickets", Value::Null).await.expect(201).json()["ticket"].clone();
        let ticket = ticket.as_str().unwrap().to_owned();
        let path = format!("/api/live?ticket={ticket}");
        LiveClient::connect_at(origin, &path, &[]).await.unwrap().until("hello").await;
        ana.rest("POST", &path, json!({ "type": "ping" })).await.expect(200);
        ana.rest("GET", &format!("/api/events?ticket={ticket}"), Value::Null).await.expect(401);
        program.live().await.until("hello").await;
        let bad = format!("{token}x");
        Client::bearing(origin, &bad).rest("GET", "/api/me", Value::Null).await.expect(401);
        secrets.extend([token, ticket]);
    }
    secrets
}
