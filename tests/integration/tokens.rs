//! Tokens and tickets: what they open, what they do not, and how they end.

use serde_json::{Value, json};

use crate::support::{Client, Cluster, LiveClient, TestApp};

const NONE: Value = Value::Null;

async fn ticket(client: &Client) -> String {
    let made = client.rest("POST", "/api/tickets", NONE).await.expect(201).json();
    assert_eq!(made["expires_in"], 30);
    made["ticket"].as_str().unwrap().to_owned()
}

/// The status with which the door refuses a handshake.
fn refused(outcome: Result<LiveClient, Box<tokio_tungstenite::tungstenite::Error>>) -> u16 {
    match outcome.err().map(|error| *error) {
        Some(tokio_tungstenite::tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

async fn connect(app: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> Result<LiveClient, u16> {
    LiveClient::connect_at(&app.origin, path, headers).await.map_err(|error| refused(Err(error)))
}

#[tokio::test]
async fn a_login_token_does_what_its_user_may_until_its_session_ends() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let program = app.log_in("ana@example.org").await;
        assert_eq!(program.fetch("/api/me").await["username"], "ana");
        let mut live = program.live().await;
        live.until("hello").await;
        live.say(app.general, "from a program").await;
        live.until("delivery").await;

        let sessions = ana.fetch("/api/sessions").await;
        let sessions = sessions["items"].as_array().unwrap();
        let kinds: Vec<_> = sessions.iter().map(|session| session["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["program", "browser"]);
        assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(false), &json!(true)));
        let address = format!("/api/sessions/{}", sessions[0]["id"].as_str().unwrap());
        ana.rest("DELETE", &address, NONE).await.expect(204);
        assert_eq!(live.closed().await, 4001);
        let refused = program.rest("GET", "/api/me", NONE).await.expect(401);
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        assert_eq!(refused.json()["code"], "unauthenticated");
        ana.rest("DELETE", &address, NONE).await.expect(404);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_no_token() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let ask = async |wish: Value| app.anonymous().rest("POST", "/api/tokens", wish).await;
    let known = ask(json!({ "login": "ana", "password": "not this one" })).await.expect(422);
    let unknown = ask(json!({ "login": "nobody", "password": "not this one" })).await.expect(422);
    assert_eq!(known.reason("login").as_deref(), Some("wrong_credentials"));
    assert_eq!(known.json()["fields"], unknown.json()["fields"]);
    assert_eq!(ask(json!({ "login": "ana" })).await.expect(422).reason("password").unwrap(), "missing");
    ask(json!({ "name": "bot", "scopes": ["read"] })).await.expect(401);
    ask(json!({ "login": "ana", "password": "a long password", "role": "admin" })).await.expect(400);
}

#[tokio::test]
async fn a_token_of_another_server_or_of_no_algorithm_opens_nothing() {
    let (app, other) = (TestApp::start().await, TestApp::start().await);
    app.program_of("ana").await;
    let foreign = other.program_of("ana").await.token();
    let own = app.log_in("ana").await.token();
    // Header {"typ":"JWT","alg":"none"}, then {"typ":"JWT","alg":"HS512"}.
    let parts: Vec<&str> = own.split('.').collect();
    let unsigned = format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.{}.", parts[1]);
    let other_kind = format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.{}.{}", parts[1], parts[2]);
    for token in [foreign.as_str(), &unsigned, &other_kind, "papo_", "papo_AAAA", "x", parts[1]] {
        let program = Client::bearing(&app.origin, token);
        program.rest("GET", "/api/me", NONE).await.expect(401);
        let bearer = format!("Bearer {token}");
        assert_eq!(connect(&app, "/api/live", &[("authorization", &bearer)]).await.err(), Some(401));
    }
    Client::bearing(&app.origin, &own).rest("GET", "/api/me", NONE).await.expect(200);
}

#[tokio::test]
async fn a_bad_token_never_falls_back_to_the_cookie() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.program_of("bea").await);
    for value in ["Bearer nonsense", "Bearer", "bearer ", "Bearer a b"] {
        let answer = ana.rest_with("GET", "/api/me", &[("authorization", value)], "").await;
        assert_eq!(answer.status, 401, "{value:?}");
    }
    let bearer = format!("Bearer {}", bea.token());
    let answer = ana.rest_with("GET", "/api/me", &[("authorization", &bearer)], "").await.expect(200);
    assert_eq!(answer.json()["username"], "bea", "the cookie is ana's");
    let basic = ana.rest_with("GET", "/api/me", &[("authorization", "Basic eDp5")], "").await.expect(200);
    assert_eq!(basic.json()["username"], "ana", "a proxy's own scheme is no token");
}

#[tokio::test]
async fn pages_elsewhere_write_by_tokens_and_never_by_cookies() {
    let app = TestApp::start().await;
    let (ana, program) = (app.user("ana").await, app.program_of("bea").await);
    let ping = json!({ "type": "ping" }).to_string();
    let foreign = [
        ("content-type", "application/json"),
        ("origin", "https://elsewhere.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    program.rest_with("POST", "/api/live", &foreign, ping.clone()).await.expect(200);
    ana.rest_with("POST", "/api/live", &foreign, ping.clone()).await.expect(403);
    let form = [("authorization", "Bearer nonsense"), ("origin", "https://elsewhere.example")];
    let forged = ana.post_from("sign_out", &form, &[]).await;
    assert_eq!(forged.status, 200, "whoever has no cookie signs nobody out");
    ana.rest("GET", "/api/me", NONE).await.expect(200);
}

#[tokio::test]
async fn a_token_opens_no_page_and_no_server_function() {
    let app = TestApp::start().await;
    let program = app.personal(&app.user("ana").await, "write").await;
    assert_eq!(program.get("/settings").await.expect(303).location(), "/login?redirect=%2Fsettings");
    program.read("overview", &[]).await.expect(401);
    program.post("create_token", &[("name", "x".into()), ("scope", "write".into())]).await.expect(401);
}

#[tokio::test]
async fn a_token_that_reads_does_not_write() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let reader = app.personal(&ana, "read").await;
    reader.rest("GET", "/api/me", NONE).await.expect(200);
    let mut live = reader.live().await;
    live.until("hello").await;
    for command in [
        json!({ "type": "message", "cid": uuid::Uuid::now_v7().to_string(), "room": app.general, "text": "x" }),
        json!({ "type": "typing", "room": app.general, "on": true }),
        json!({ "type": "read", "room": app.general, "seq": 1 }),
        json!({ "type": "delivered", "room": app.general, "seq": 1 }),
    ] {
        let posted = reader.rest("POST", "/api/live", command.clone()).await.expect(200).json();
        assert_eq!((&posted[0]["type"], &posted[0]["code"]), (&json!("error"), &json!("forbidden")));
        live.tell(command.clone()).await;
        let error = live.until("error").await;
        assert_eq!(
            (&error["code"], error["cid"].is_string()),
            (&json!("forbidden"), command["cid"].is_string())
        );
    }
    live.sync("", json!({})).await;
    live.tell(json!({ "type": "who" })).await;
    live.until("presence").await;
    let text = json!({ "text": "x" });
    reader.rest("POST", &format!("/api/rooms/{}/messages", app.general), text.clone()).await.expect(403);
    let writer = app.personal(&ana, "write").await;
    writer.rest("POST", &format!("/api/rooms/{}/messages", app.general), text).await.expect(201);
}

#[tokio::test]
async fn a_personal_token_makes_and_ends_nothing_that_opens_the_account() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let program = app.personal(&ana, "write").await;
    let wish = json!({ "name": "more", "scopes": ["read"] });
    program.rest("POST", "/api/tokens", wish.clone()).await.expect(403);
    program.rest("DELETE", "/api/sessions", NONE).await.expect(403);
    let id = program.fetch("/api/tokens").await["items"][0]["id"].to_string();
    program.rest("DELETE", &format!("/api/tokens/{id}"), NONE).await.expect(403);
    app.log_in("ana").await.rest("POST", "/api/tokens", wish).await.expect(201);
    let admin = json!({ "name": "more", "scopes": ["admin"] });
    ana.rest("POST", "/api/tokens", admin).await.expect(403);
    app.user("bea").await.rest("DELETE", &format!("/api/tokens/{id}"), NONE).await.expect(404);
}

#[tokio::test]
async fn a_revoked_token_is_closed_everywhere_at_once() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let program = app.personal(&ana, "read").await;
        let (mut live, mut events) = (program.live().await, program.events("/api/events", &[]).await);
        live.until("hello").await;
        events.until("hello").await;
        let tokens = ana.fetch("/api/tokens").await;
        let token = &tokens["items"][0];
        assert!(token["used_at"].is_i64() && token.get("token").is_none(), "{token}");
        assert_eq!((&token["name"], &token["scopes"]), (&json!("read"), &json!(["read"])));
        ana.rest("DELETE", &format!("/api/tokens/{}", token["id"]), NONE).await.expect(204);
        assert_eq!(live.closed().await, 4001);
        assert_eq!(events.until("bye").await.last().unwrap()["code"], 4001);
        program.rest("GET", "/api/me", NONE).await.expect(401);
    }
}

#[tokio::test]
async fn a_ticket_opens_one_live_connection_and_nothing_else() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let reader = app.personal(&app.user("ana").await, "read").await;
        let stranger = app.anonymous();
        let used = ticket(&reader).await;
        let path = format!("/api/live?ticket={used}");
        let elsewhere = [("origin", "https://elsewhere.example")];
        let mut live = connect(&app, &path, &elsewhere).await.unwrap();
        assert_eq!(live.until("hello").await["user"]["username"], "ana");
        live.say(app.general, "the ticket is for reading").await;
        assert_eq!(live.until("error").await["code"], "forbidden");
        assert_eq!(connect(&app, &path, &[]).await.err(), Some(401), "it is used");
        stranger.rest("GET", &format!("/api/events?ticket={used}"), NONE).await.expect(401);

        let fresh = ticket(&reader).await;
        for path in ["/api/me", "/api/sessions", "/api/tokens", "/api/rooms"] {
            stranger.rest_with("GET", &format!("{path}?ticket={fresh}"), &[], "").await.expect(401);
        }
        let ping = json!({ "type": "ping" });
        stranger.rest("POST", &format!("/api/live?ticket={fresh}"), ping).await.expect(401);
        Client::bearing(&app.origin, &fresh).rest("GET", "/api/me", NONE).await.expect(401);
        let mut events = stranger.events(&format!("/api/events?ticket={fresh}"), &[]).await;
        assert_eq!(events.next().await.unwrap()["type"], "hello");
        stranger.rest("POST", "/api/tickets", NONE).await.expect(401);
    }
}

#[tokio::test]
async fn a_ticket_ends_with_the_session_it_stands_for() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let program = app.log_in("ana").await;
    let (used, unused) = (ticket(&program).await, ticket(&program).await);
    let mut live = connect(&app, &format!("/api/live?ticket={used}"), &[]).await.unwrap();
    live.until("hello").await;
    ana.rest("DELETE", "/api/sessions", NONE).await.expect(204);
    assert_eq!(live.closed().await, 4001);
    assert_eq!(connect(&app, &format!("/api/live?ticket={unused}"), &[]).await.err(), Some(401));
    ana.rest("GET", "/api/me", NONE).await.expect(200);
}

#[tokio::test]
async fn a_disabled_users_tokens_open_nothing_until_the_user_is_let_in_again() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let (login, personal) = (app.log_in("ana").await, app.personal(&ana, "write").await);
        let unused = ticket(&personal).await;
        let mut sockets = [login.live().await, personal.live().await];
        for live in &mut sockets {
            live.until("hello").await;
        }
        app.papo(&["user", "disable", "ana"]).await;
        for live in &mut sockets {
            assert_eq!(live.closed().await, 4001);
        }
        for program in [&login, &personal] {
            program.rest("GET", "/api/me", NONE).await.expect(401);
        }
        assert_eq!(connect(&app, &format!("/api/live?ticket={unused}"), &[]).await.err(), Some(401));
        let wish = json!({ "login": "ana", "password": "a long password" });
        app.anonymous().rest("POST", "/api/tokens", wish).await.expect(422);

        app.papo(&["user", "enable", "ana"]).await;
        personal.rest("GET", "/api/me", NONE).await.expect(200);
        login.rest("GET", "/api/me", NONE).await.expect(401);
    }
}

#[tokio::test]
async fn a_new_password_ends_login_tokens_and_leaves_personal_ones() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (login, personal) = (app.log_in("ana").await, app.personal(&ana, "read").await);
    let mut live = login.live().await;
    live.until("hello").await;
    app.papo_told(&["user", "password", "ana"], "another long password\n").await;
    assert_eq!(live.closed().await, 4001);
    login.rest("GET", "/api/me", NONE).await.expect(401);
    ana.rest("GET", "/api/me", NONE).await.expect(401);
    personal.rest("GET", "/api/me", NONE).await.expect(200);
}

#[tokio::test]
async fn tokens_and_tickets_hold_on_every_node_and_end_on_every_node() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let ana = one.user("ana").await;
    let (login, personal) = (one.log_in("ana").await, one.personal(&ana, "read").await);
    let at_other = |program: &Client| Client::bearing(&other.origin, &program.token());
    let mut sockets = [at_other(&login).live().await, at_other(&personal).live().await];
    let path = format!("/api/live?ticket={}", ticket(&login).await);
    let mut by_ticket = connect(&other, &path, &[]).await.unwrap();
    assert_eq!(connect(&one, &path, &[]).await.err(), Some(401), "it was used at the other node");
    for live in &mut sockets {
        live.until("hello").await;
    }
    by_ticket.until("hello").await;
    let id = ana.fetch("/api/tokens").await["items"][0]["id"].to_string();
    ana.rest("DELETE", &format!("/api/tokens/{id}"), NONE).await.expect(204);
    ana.rest("DELETE", "/api/sessions", NONE).await.expect(204);
    for live in sockets.iter_mut().chain([&mut by_ticket]) {
        assert_eq!(live.closed().await, 4001);
    }
    at_other(&personal).rest("GET", "/api/me", NONE).await.expect(401);
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked_on_the_command_line() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        app.user("ana").await;
        let made = app.papo(&["token", "ana", "--scope", "read", "--expires-in-days", "7"]).await;
        let program = Client::bearing(&app.origin, made.trim());
        assert_eq!(program.fetch("/api/me").await["username"], "ana");
        let mut live = program.live().await;
        live.until("hello").await;
        let listed = app.papo(&["token", "list", "ana"]).await;
        assert!(
            listed.contains("\tcommand line\tread\tends 20") && !listed.contains(made.trim()),
            "{listed}"
        );
        let id = listed.split('\t').next().unwrap();
        app.papo(&["token", "revoke", id]).await;
        assert_eq!(live.closed().await, 4001);
        program.rest("GET", "/api/me", NONE).await.expect(401);
    }
}

#[tokio::test]
async fn who_guesses_tokens_waits_and_keeps_nobody_out() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (login, personal) = (app.log_in("ana").await, app.personal(&ana, "read").await);
    let guess = Client::bearing(&app.origin, "papo_guess");
    for _ in 0..50 {
        guess.rest("GET", "/api/me", NONE).await.expect(401);
    }
    let refused = guess.rest("GET", "/api/me", NONE).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(connect(&app, "/api/live?ticket=guess", &[]).await.err(), Some(429));
    let wish = json!({ "login": "ana", "password": "a long password" });
    app.anonymous().rest("POST", "/api/tokens", wish).await.expect(201);
    for program in [login, personal] {
        program.rest("GET", "/api/me", NONE).await.expect(200);
        let path = format!("/api/live?ticket={}", ticket(&program).await);
        connect(&app, &path, &[]).await.unwrap().until("hello").await;
        assert_eq!(connect(&app, &path, &[]).await.err(), Some(429), "what was used is a guess");
    }
}
