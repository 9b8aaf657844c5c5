//! What people and programs write: too much of it, or what no text may hold, is refused with the field's name.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, message, registration};

/// Statuses that say what is wrong with the request.
const REFUSED: [u16; 6] = [400, 404, 413, 414, 415, 422];

#[tokio::test]
async fn no_text_is_too_long_for_a_refusal() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        for text in ["x".repeat(30_000), format!("%{}", "_".repeat(60_000))] {
            walk(&app, &ana, &text).await;
        }
    }
}

#[tokio::test]
async fn no_text_with_a_nul_is_a_failure() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        for text in ["a\0b", "\0"] {
            walk(&app, &ana, text).await;
        }
    }
}

/// Brings `text` to every door that takes one.
async fn walk(app: &TestApp, ana: &Client, text: &str) {
    in_addresses(app, ana, text).await;
    in_bodies(app, ana, text).await;
    in_headers(app, text).await;
    in_forms(ana, text).await;
}

async fn in_addresses(app: &TestApp, ana: &Client, text: &str) {
    let encoded = serde_urlencoded::to_string([("", text)]).unwrap();
    let encoded = encoded.trim_start_matches('=').replace('+', "%20");
    for path in [
        "/api/users?query={}",
        "/api/users?after={}",
        "/api/users?limit={}",
        "/api/users?{}=1",
        "/api/users/{}",
        "/api/rooms/{}",
        "/api/rooms/{}/messages",
        "/api/rooms/general/messages?before={}",
        "/api/rooms/general/messages/{}",
        "/api/rooms/general/members/{}",
        "/api/channels/{}",
        "/fn/find_people?query={}",
        "/fn/room?address={}",
        "/fn/direct?username={}",
        "/fn/history?room={}&before=1",
        "/fn/{}",
        "/rooms/{}",
        "/rooms/general?before={}",
        "/dm/{}",
        "/search?q={}",
        "/login?redirect={}",
        "/no/{}",
        "/api/events?since={}",
        "/api/events?epoch=x&since={}:1",
        "/api/live?ticket={}",
        "/ws?token={}",
        "/ws/chat/{}/",
        "/chat/mensagens/{}",
        "/chat/usuarios/buscar?q={}",
        "/chat/conversas?limite={}",
        "/api/chat/conversations/?page={}",
        "/api/chat/conversations/{}/",
        "/users?q={}",
        "/socket.io/?EIO=4&transport={}",
        "/socket.io/?EIO=4&transport=polling&sid={}",
        "/socket.io/?EIO=4&transport=polling&token={}",
        "/api/docs/{}",
        "/pkg/{}",
        "/{}",
    ] {
        let path = path.replace("{}", &encoded);
        let answer = ana.get(&path).await;
        fine(&answer, &path);
        app.anonymous().get(&path).await;
    }
}

async fn in_bodies(app: &TestApp, ana: &Client, text: &str) {
    for (method, path, body) in [
        ("POST", "/api/tokens", json!({ "login": text, "password": "x" })),
        ("POST", "/api/tokens", json!({ "login": "ana", "password": text })),
        ("POST", "/api/tokens", json!({ "name": text, "scopes": ["read"] })),
        ("POST", "/api/users", json!({ "username": text, "name": text, "email": text, "password": text })),
        ("POST", "/api/channels", json!({ "name": text })),
        ("POST", "/api/channels", json!({ "name": "fine", "topic": text })),
        ("POST", "/api/groups", json!({ "members": [text] })),
        ("POST", "/api/groups", json!({ "name": text, "members": ["ana"] })),
        ("PUT", "/api/rooms/general/members/me", json!({ "password": text })),
        ("POST", "/api/rooms/general/messages", json!({ "text": text })),
        ("PATCH", "/api/me/preferences", json!({ "theme": text })),
        ("POST", "/api/live", json!({ "type": text })),
        ("POST", "/api/live", json!({ "type": "sync", "epoch": text })),
        (
            "POST",
            "/api/live",
            json!({ "type": "message", "to": text, "text": "x", "cid": uuid::Uuid::now_v7() }),
        ),
        (
            "POST",
            "/api/live",
            json!({ "type": "message", "room": app.general, "text": text, "cid": uuid::Uuid::now_v7() }),
        ),
        ("POST", "/api/chat/conversations/", json!({ "participants": [text], "name": text })),
    ] {
        fine(&ana.rest(method, path, body).await, path);
    }
}

async fn in_headers(app: &TestApp, text: &str) {
    for header in [
        "idempotency-key",
        "if-none-match",
        "last-event-id",
        "accept-language",
        "accept",
        "referer",
        "cookie",
        "x-forwarded-for",
        "x-request-id",
        "range",
    ] {
        let value = text.replace(|c: char| c.is_control(), "");
        // Of all headers together there is less room than of a form.
        let value: String = value.chars().take(8_000).collect();
        for path in ["/api/users", "/login", "/rooms/general"] {
            let answer = app.anonymous().rest_with("GET", path, &[(header, &value)], "").await;
            assert!(answer.status < 500, "{header} at {path}: {}", answer.status);
        }
    }
}

async fn in_forms(ana: &Client, text: &str) {
    for (name, fields) in [
        ("sign_in", vec!["login", "password", "redirect"]),
        (
            "register",
            vec![
                "username",
                "name",
                "email",
                "birth_date",
                "password",
                "password_again",
                "redirect",
                "setup",
            ],
        ),
        ("create_room", vec!["name", "topic", "password"]),
        ("join_room", vec!["room", "password"]),
        ("post_message", vec!["cid", "room", "to", "text"]),
        ("create_token", vec!["name", "scope", "expires_in_days"]),
        ("revoke_token", vec!["id"]),
        ("end_session", vec!["id"]),
        ("preferences", vec!["language", "theme"]),
    ] {
        let form: Vec<_> = fields.into_iter().map(|field| (field, text.to_owned())).collect();
        fine(&ana.post(name, &form).await, name);
    }
    fine(
        &ana.post(
            "post_message",
            &[("cid", uuid::Uuid::now_v7().to_string()), ("to", text.to_owned()), ("text", "x".into())],
        )
        .await,
        "to",
    );
    for (path, field) in [
        ("/login", "email"),
        ("/login", "username"),
        ("/cadastrar", "nome"),
        ("/chat/salas", "usuario_id"),
        ("/chat/mensagens", "mensagem"),
    ] {
        let form = [(field, text.to_owned()), ("senha", text.to_owned()), ("password", text.to_owned())];
        fine(&ana.ask(ana.request("POST", path).form(&form)).await, path);
    }
}

fn fine(answer: &Answer, what: &str) {
    let what: String = what.chars().take(80).collect();
    let text: String = answer.text.chars().take(200).collect();
    assert!(answer.status < 500 && answer.status != 429, "{what}: {} {text}", answer.status);
    let is_problem =
        answer.headers.get("content-type").is_some_and(|kind| kind == "application/problem+json");
    if is_problem && [400, 422].contains(&answer.status) {
        assert!(answer.json()["fields"].is_array(), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_search_that_is_longer_than_names_names_its_field() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let long = "x".repeat(101);
    let refused = ana.get(&format!("/api/users?query={long}")).await.expect(422);
    assert_eq!(refused.reason("query").as_deref(), Some("too_long"));
    ana.get(&format!("/api/users?query={}", &long[1..])).await.expect(200);
    ana.read("find_people", &[("query", &long)]).await.expect(422);
    let page = ana.get(&format!("/search?q={long}")).await.expect(422);
    assert!(page.text.contains("That is too long"));
    let endless = ana.get(&format!("/api/users?query={}", "x".repeat(40_000))).await.expect(414);
    assert_eq!((&endless.json()["status"], &endless.json()["max"]), (&json!(414), &json!(32_768)));
    let nul = ana.get("/api/users?query=a%00b").await.expect(400);
    assert_eq!(nul.reason("query").as_deref(), Some("invisible"));
}

#[tokio::test]
async fn what_cannot_be_seen_is_refused_at_every_door() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let program = app.log_in("ana").await;
    for (text, reason) in [
        ("\u{200b}", "missing"),
        ("\u{3164}\u{301}", "missing"),
        ("a\u{1b}[31m", "invisible"),
        ("\u{7f}x", "invisible"),
    ] {
        let refused = ana.post("post_message", &message(app.general, text)).await.expect(422);
        assert_eq!(refused.reason("text").as_deref(), Some(reason), "{text:?}");
        let refused =
            program.rest("POST", "/api/rooms/general/messages", json!({ "text": text })).await.expect(422);
        assert_eq!(refused.reason("text").as_deref(), Some(reason), "{text:?}");
        let command =
            json!({ "type": "message", "room": app.general, "text": text, "cid": uuid::Uuid::now_v7() });
        let told = program.rest("POST", "/api/live", command).await.expect(200).json();
        assert_eq!(
            (&told[0]["code"], &told[0]["fields"][0]["reason"]),
            (&json!("invalid"), &json!(reason)),
            "{text:?}"
        );
    }
    for (field, value, reason) in [
        ("name", "\u{3164}", "missing"),
        ("name", "Mallory\u{202e}", "invisible"),
        ("name", "An\u{200b}a", "invisible"),
        ("name", "a\tb", "invisible"),
        ("username", "1234", "malformed"),
        ("username", "-1234", "malformed"),
    ] {
        let mut form = registration("new");
        form.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value.to_owned();
        let refused = app.anonymous().post("register", &form).await.expect(422);
        assert_eq!(refused.reason(field).as_deref(), Some(reason), "{value:?}");
    }
    for name in ["Room\u{202e}", "\u{200b}", "a\u{0}b"] {
        ana.post("create_room", &[("name", name.to_owned())]).await.expect(422);
        program.rest("POST", "/api/channels", json!({ "name": name })).await.expect(422);
    }
    ana.post("create_token", &[("name", "a\u{7}b".to_owned()), ("scope", "read".to_owned())])
        .await
        .expect(422);
}

#[tokio::test]
async fn what_reaches_no_function_is_answered_in_our_words() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let origin = ("origin", app.origin.as_str());
    for (method, path, headers, status, code) in [
        ("GET", "/fn/sign_out", &[][..], 405, "method_not_allowed"),
        ("PUT", "/fn/sign_out", &[origin, form], 405, "method_not_allowed"),
        ("POST", "/fn/overview", &[origin, form], 405, "method_not_allowed"),
        ("GET", "/fn/no_such", &[], 404, "not_found"),
        ("POST", "/fn/no_such", &[origin, form], 404, "not_found"),
        (
            "POST",
            "/fn/create_room",
            &[origin, ("content-type", "application/json")],
            415,
            "unsupported_media_type",
        ),
        (
            "POST",
            "/fn/create_room",
            &[origin, ("content-type", "multipart/form-data; boundary=x")],
            415,
            "unsupported_media_type",
        ),
        ("POST", "/fn/create_room", &[origin, form], 422, "invalid"),
        ("GET", "/fn/history?room=x&before=y", &[], 422, "invalid"),
        ("GET", "/fn/room", &[], 422, "invalid"),
    ] {
        for body in ["", "name[=%ff&&=", "{\"name\":\"x\"}"] {
            let body = if method == "GET" { "" } else { body };
            let answer = ana.rest_with(method, path, headers, body).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            let kind = answer.headers["content-type"].to_str().unwrap();
            assert!(kind.starts_with("application/"), "{method} {path}: {kind}");
            assert_eq!(answer.json()["code"], code, "{method} {path}");
            let browser: Vec<_> = headers.iter().copied().chain([("accept", "text/html")]).collect();
            let page = ana.rest_with(method, path, &browser, body).await;
            let kind = page.headers["content-type"].to_str().unwrap();
            assert!(kind.starts_with("text/html"), "{method} {path}: {kind} {}", page.text);
            assert_eq!(page.status, status, "{method} {path}");
        }
    }
    let answer = ana.rest("GET", "/fn/sign_out", Value::Null).await.expect(405);
    assert_eq!(answer.headers["allow"], "POST");
}

/// What says that it is compressed is, and what is not says nothing of it.
#[tokio::test]
async fn an_error_is_what_its_headers_say() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let gzip = ("accept-encoding", "gzip");
    let mut compressed = 0;
    for (method, path, headers) in [
        ("GET", "/api/no", &[gzip][..]),
        ("GET", "/api/users?query=%00", &[gzip]),
        ("DELETE", "/api/users", &[gzip]),
        ("POST", "/api/users", &[gzip, ("origin", "https://evil.example")]),
        ("POST", "/api/users", &[gzip, ("content-type", "text/plain")]),
        ("POST", "/fn/sign_in", &[gzip, ("origin", "https://evil.example")]),
        ("GET", "/fn/no", &[gzip]),
        ("DELETE", "/rooms", &[gzip]),
        ("GET", "/pkg/no", &[gzip]),
        ("GET", "/no", &[gzip, ("accept", "text/html")]),
    ] {
        let body = ana.bytes(method, path, headers).await;
        let (status, says, bytes) = body;
        assert!(!bytes.is_empty(), "{method} {path}: {status} without a body");
        assert_eq!(says, bytes.starts_with(&[0x1f, 0x8b]), "{method} {path}: {status}");
        compressed += usize::from(says);
        assert!(
            status == 200 || REFUSED.contains(&status) || [403, 405].contains(&status),
            "{method} {path}: {status}"
        );
    }
    assert!(compressed >= 5, "{compressed}");
}
