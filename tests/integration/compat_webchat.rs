//! Origin 4's requests and WebSocket: what they do, and whom they refuse.

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::support::{Answer, LiveClient, TestApp};

const PASSWORD: &str = "a long password";

async fn log_in(app: &TestApp, username: &str, password: &str) -> Answer {
    app.program(None).form("/login", &[("username", username), ("password", password)]).await
}

/// A new user's token.
async fn token(app: &TestApp, username: &str) -> String {
    app.user(username).await;
    let answer = log_in(app, username, PASSWORD).await.expect(200).json();
    assert_eq!(answer["token_type"], "bearer");
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn connect(app: &TestApp, token: &str) -> LiveClient {
    open(app, token, &[("origin", "null")]).await.unwrap()
}

async fn open(
    app: &TestApp,
    token: &str,
    headers: &[(&'static str, &str)],
) -> Result<LiveClient, Box<tungstenite::Error>> {
    LiveClient::connect_at(&app.origin, &format!("/ws?token={token}"), headers).await
}

async fn refusal(app: &TestApp, query: &str, headers: &[(&'static str, &str)]) -> u16 {
    let refused = LiveClient::connect_at(&app.origin, &format!("/ws{query}"), headers).await.err();
    match *refused.expect("the connection was opened") {
        tungstenite::Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_demo_users_of_the_document_get_tokens() {
    let app = TestApp::start_with(&["--demo"]).await;
    let token = log_in(&app, "alice", "alice@123").await.expect(200).json()["access_token"].clone();
    let alice = app.program(token.as_str());
    let me = alice.get("/me").await.expect(200).json();
    assert_eq!((&me["username"], &me["email"]), (&json!("alice"), &json!("alice@example.org")));
    let users = alice.get("/users").await.expect(200).json();
    assert_eq!(users, json!({"users": ["alice", "bob", "carol"]}));
    assert_eq!(alice.get("/users/online").await.expect(200).json(), json!({"online": []}));
    let mut live = connect(&app, token.as_str().unwrap()).await;
    assert_eq!(live.until("presence").await["online"], json!(["alice"]));
    assert_eq!(alice.get("/users/online").await.expect(200).json(), json!({"online": ["alice"]}));
    assert_eq!(app.anonymous().get("/health").await.expect(200).json()["status"], "ok");
}

#[tokio::test]
async fn refusals_have_fastapis_shape() {
    let app = TestApp::start().await;
    app.user("ana").await;
    for (username, password) in [("ana", "another password"), ("nobody", PASSWORD)] {
        let wrong = log_in(&app, username, password).await.expect(401);
        assert!(wrong.json()["detail"].is_string(), "{}", wrong.text);
        assert_eq!(wrong.headers["www-authenticate"], "Bearer");
    }
    let missing = app.program(None).form("/login", &[("username", "ana")]).await.expect(422).json();
    assert_eq!(missing["detail"][0]["loc"], json!(["body", "password"]));
    assert_eq!(missing["detail"][0]["type"], "missing");
    for path in ["/me", "/users", "/users/online"] {
        for token in [None, Some("nonsense"), Some("")] {
            let refused = app.program(token).get(path).await.expect(401);
            assert!(refused.json()["detail"].is_string(), "{path}: {}", refused.text);
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    }
    let json = app.program(None).request(Method::POST, "/login", Some(json!({"username": "ana"}))).await;
    assert_eq!(json.status, 415, "a form is asked for");
}

#[tokio::test]
async fn guesses_run_out() {
    let app = TestApp::start().await;
    app.user("ana").await;
    for _ in 0..10 {
        log_in(&app, "ana", "a wrong password").await.expect(401);
    }
    let refused = log_in(&app, "ana", PASSWORD).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn everyone_and_one_are_spoken_to() {
    let app = TestApp::start().await;
    let (ana, bea, eve) = (token(&app, "ana").await, token(&app, "bea").await, token(&app, "eve").await);
    let (mut ana, mut bea, mut eve) =
        (connect(&app, &ana).await, connect(&app, &bea).await, connect(&app, &eve).await);
    // Who is greeted misses nothing from then on.
    for live in [&mut bea, &mut eve] {
        live.until("presence").await;
    }
    ana.tell(json!({"type": "typing"})).await;
    assert_eq!(bea.until("typing").await["users"], json!(["ana"]));
    ana.tell(json!({"type": "message", "text": "to all"})).await;
    let message = bea.until("message").await;
    assert_eq!((&message["from"], &message["to"]), (&json!("ana"), &Value::Null));
    assert_eq!(message["text"], "to all");
    assert_eq!(bea.until("typing").await["users"], json!([]), "who has written types no more");
    let delivery = ana.until("delivery").await;
    assert_eq!(delivery["id"], message["id"]);
    ana.tell(json!({"type": "message", "text": "to you", "to": "bea"})).await;
    let direct = bea.until("message").await;
    assert_eq!((&direct["text"], &direct["to"]), (&json!("to you"), &json!("bea")));
    assert_eq!(ana.until("delivery").await["to"], "bea");
    bea.tell(json!({"type": "message", "text": "to all again", "to": ""})).await;
    assert_eq!(eve.until("message").await["text"], "to all");
    assert_eq!(eve.until("message").await["text"], "to all again", "what is for another is not told");
    eve.tell(json!({"type": "who"})).await;
    loop {
        if eve.until("presence").await["online"] == json!(["ana", "bea", "eve"]) {
            break;
        }
    }
}

#[tokio::test]
async fn who_comes_in_a_crowd_is_announced_and_the_list_is_told_once() {
    let app = TestApp::start().await;
    let mut old = connect(&app, &token(&app, "ana").await).await;
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(app.user(&format!("user{n:02}")).await);
    }
    let crowd = futures_util::future::join_all(people.iter().map(|person| person.live())).await;
    let (mut arrived, mut lists) = (0, 0);
    loop {
        let event = old.next().await;
        arrived += usize::from(event["type"] == "system");
        lists += usize::from(event["type"] == "presence");
        if event["online"].as_array().is_some_and(|online| online.len() == 21) && arrived >= 20 {
            break;
        }
    }
    assert!(lists < 20, "{lists} lists of who is online for {arrived} arrivals");
    drop(crowd);
}

#[tokio::test]
async fn lists_of_people_are_not_asked_for_without_end() {
    let app = TestApp::start().await;
    let token = token(&app, "ana").await;
    let ana = app.program(token.as_str());
    let paths = ["/me", "/users", "/users/online"];
    let asked = (0..900).map(|n| ana.get(paths[n % 3]));
    let spent: Vec<_> = stream::iter(asked).buffered(32).collect().await;
    assert!(spent.iter().any(|answer| answer.status == 429), "all of it passed");
    for path in paths {
        let asked = (0..100).map(|_| ana.get(path));
        let answers: Vec<_> = stream::iter(asked).buffered(32).collect().await;
        let refused = answers.iter().find(|answer| answer.status == 429).expect("all of it passed");
        assert!(refused.json()["detail"].is_string() && refused.headers.contains_key("retry-after"));
    }
    let mut live = connect(&app, &token).await;
    for _ in 0..40 {
        live.tell(json!({"type": "who"})).await;
    }
    assert_eq!(live.until("error").await["code"], "rate_limited");
}

#[tokio::test]
async fn messages_pass_to_and_from_papos_own_doors() {
    let app = TestApp::start().await;
    let bea = app.user("bea").await;
    let ana = token(&app, "ana").await;
    let (mut old, mut live) = (connect(&app, &ana).await, bea.live().await);
    live.until("hello").await;
    old.tell(json!({"type": "message", "text": "from the old client"})).await;
    while live.until("message").await["text"] != "from the old client" {}
    bea.say(app.general, "from the form").await.expect(200);
    while old.until("message").await["text"] != "from the form" {}
    // A room that this protocol has no word for.
    bea.post("create_room", &[("name", "Elsewhere".to_owned())]).await.expect(200);
    let room = bea.open("elsewhere").await["room"]["id"].as_i64().unwrap();
    let client = app.anonymous();
    let form = [("login", "ana".to_owned()), ("password", PASSWORD.to_owned())];
    client.post("sign_in", &form).await.expect(200);
    client.post("join_room", &[("room", room.to_string())]).await.expect(200);
    bea.say(room, "not for old clients").await.expect(200);
    bea.say(app.general, "for all").await.expect(200);
    assert_eq!(old.until("message").await["text"], "for all");
}

#[tokio::test]
async fn only_a_token_opens_the_websocket() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    assert_eq!(refusal(&app, "", &[]).await, 401);
    assert_eq!(refusal(&app, "?token=", &[]).await, 401);
    assert_eq!(refusal(&app, "?token=nonsense", &[]).await, 401);
    let cookies = ana.cookies();
    let from = |origin| [("cookie", cookies.as_str()), ("origin", origin)];
    assert_eq!(refusal(&app, "", &from("null")).await, 403, "a session is good on our own pages only");
    assert_eq!(refusal(&app, "", &from("https://evil.example")).await, 403);
    assert_eq!(refusal(&app, "?token=nonsense", &from(&ana.origin)).await, 401, "a token counts alone");
    assert_eq!(app.program(token(&app, "bea").await.as_str()).get("/ws").await.status, 426);
}

#[tokio::test]
async fn a_token_ends_with_its_user() {
    let app = TestApp::start().await;
    let token = token(&app, "ana").await;
    let mut live = connect(&app, &token).await;
    live.until("presence").await;
    app.papo(&["user", "disable", "ana"]).await;
    assert_eq!(live.closed().await, 4001);
    assert_eq!(refusal(&app, &format!("?token={token}"), &[]).await, 401);
    app.program(token.as_str()).get("/me").await.expect(401);
    log_in(&app, "ana", PASSWORD).await.expect(401);
}

#[tokio::test]
async fn a_token_that_only_reads_only_listens() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let token = app.papo(&["token", "ana", "--scope", "read"]).await;
    let mut live = connect(&app, token.trim()).await;
    assert_eq!(live.until("presence").await["online"], json!(["ana"]));
    for word in [json!({"type": "message", "text": "hi"}), json!({"type": "typing"})] {
        live.tell(word).await;
        assert_eq!(live.until("error").await["code"], "forbidden");
    }
    ana.say(app.general, "listen").await.expect(200);
    assert_eq!(live.until("message").await["text"], "listen");
}

#[tokio::test]
async fn bad_words_are_refused_by_name() {
    let app = TestApp::start().await;
    let token = token(&app, "ana").await;
    let mut live = connect(&app, &token).await;
    for (word, code, field) in [
        ("{", "invalid", "type"),
        (r#"{"type":"dance"}"#, "invalid", "type"),
        (r#"{"type":"message"}"#, "invalid", "type"),
        (r#"{"type":"message","text":"  "}"#, "invalid", "text"),
        (r#"{"type":"message","text":"hi","to":"nobody"}"#, "not_found", ""),
        (r#"{"type":"message","text":"hi","to":"ana"}"#, "not_found", ""),
        (r#"{"type":"typing","to":"nobody"}"#, "not_found", ""),
    ] {
        live.tell_text(word).await;
        let refused = live.until("error").await;
        assert_eq!(refused["code"], code, "{word}");
        assert_eq!(refused["fields"][0]["field"].as_str().unwrap_or_default(), field, "{word}");
        assert!(refused["text"].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
    }
    live.tell(json!({"type": "message", "text": "still here"})).await;
    live.until("delivery").await;
    live.tell_text(&"x".repeat(70_000)).await;
    assert_eq!(live.closed().await, 1009);
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let app = TestApp::start_with(&["--protocols", "widget"]).await;
    app.user("ana").await;
    assert_ne!(log_in(&app, "ana", PASSWORD).await.status, 200);
    assert_eq!(app.program(None).get("/me").await.status, 404);
    assert_eq!(refusal(&app, "?token=x", &[]).await, 404);
}
