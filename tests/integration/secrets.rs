//! Nothing that opens something, and nothing that people write, reaches the log, however much is logged.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Client, LiveClient, registration};

#[tokio::test]
async fn secrets_and_texts_stay_out_of_the_log() {
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
    secrets.extend(write_everything(origin, &ana).await);
    secrets
}

/// Says a word of its own wherever people write, well and badly, and gives the words.
async fn write_everything(origin: &str, ana: &Client) -> Vec<String> {
    let word = |what: &str| format!("zz{what}word");
    let text = |what: &str| ("text", word(what));
    let other = Client::new(origin);
    let mut form = registration("bob");
    form[1].1 = word("displayname");
    form[2].1 = format!("{}@example.org", word("email"));
    form[3].1 = word("password");
    form[4].1 = word("password");
    other.post("register", &form).await.expect(200);
    form[4].1 = word("mismatch");
    other.submit("/register", "register", &form).await.expect(422);
    let wrong = [("login", word("login")), ("password", word("wrong"))];
    other.post("sign_in", &wrong).await.expect(422);
    other.submit("/login", "sign_in", &wrong).await.expect(422);
    let wrong = json!({ "login": word("login"), "password": word("wrong") });
    other.rest("POST", "/api/tokens", wrong).await;
    let old = [("email", word("login")), ("senha", word("wrong"))];
    other.ask(other.request("POST", "/login").form(&old)).await.expect(303);

    let wish = json!({ "name": word("roomname"), "topic": word("topic"), "password": word("roompassword") });
    let room = ana.rest("POST", "/api/channels", wish).await.expect(201).json()["id"].as_i64().unwrap();
    let place = format!("/api/rooms/{room}/members/me");
    other.rest("PUT", &place, json!({ "password": word("roomguess") })).await.expect(422);
    other.rest("PUT", &place, json!({ "password": word("roompassword") })).await.expect(200);
    other.get(&format!("/search?q={}", word("query"))).await.expect(200);
    ana.get(&format!("/login?redirect=/{}", word("redirect"))).await;
    ana.get(&format!("/register?setup={}", word("setup"))).await;

    ana.post("post_message", &crate::support::message(room, &word("form"))).await.expect(200);
    let endless = word("endless").repeat(1_000);
    ana.submit("/", "post_message", &crate::support::message(room, &endless)).await.expect(422);
    ana.rest("POST", &format!("/api/rooms/{room}/messages"), json!({ "text": word("rest") }))
        .await
        .expect(201);
    ana.rest("POST", &format!("/api/rooms/{room}/messages"), json!({ "text": 1, "no": word("malformed") }))
        .await
        .expect(400);
    let mut socket = ana.live().await;
    socket.until("hello").await;
    socket
        .tell(json!({ "type": "message", "cid": uuid::Uuid::now_v7(), "room": room, "text": word("socket") }))
        .await;
    socket.until("delivery").await;
    socket.tell(json!({ "type": "nonsense", text("frame").0: text("frame").1 })).await;
    socket.until("error").await;
    ana.post("create_token", &[("name", word("tokenname")), ("scope", "read".to_owned())]).await.expect(200);
    let said = [
        "displayname",
        "email",
        "password",
        "mismatch",
        "wrong",
        "roomname",
        "topic",
        "roompassword",
        "roomguess",
        "query",
        "redirect",
        "setup",
        "form",
        "endless",
        "rest",
        "malformed",
        "socket",
        "frame",
        "tokenname",
    ];
    said.map(word).to_vec()
}
