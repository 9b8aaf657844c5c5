//! Socket.IO as the clients of origins 1 and 3 speak it: what it does, and whom it refuses.

use reqwest::header;
use serde_json::{Value, json};

use crate::support::{Client, SocketIoClient, TestApp};

const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";

async fn socket(user: &Client) -> SocketIoClient {
    let headers = [("cookie", &*user.cookies()), ("origin", &user.origin)];
    let mut socket = SocketIoClient::connect(&user.origin, &headers).await.unwrap();
    socket.greet(json!({})).await;
    socket
}

async fn refusal(user: &Client, headers: &[(&'static str, &str)]) -> Option<u16> {
    let connected = SocketIoClient::connect(&user.origin, headers).await;
    connected.err().map(|refusal| match *refusal {
        tokio_tungstenite::tungstenite::Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    })
}

/// A request with this user's session, and with headers of the test's own choosing.
async fn request(
    user: &Client,
    method: reqwest::Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let request = reqwest::Client::new().request(method, format!("{}{path}", user.origin));
    let request = request.header(header::COOKIE, user.cookies()).body(body.to_owned());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn get(user: &Client, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    request(user, reqwest::Method::GET, path, headers, "").await
}

fn code(answer: &Value) -> &str {
    answer["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn the_documents_walk_through_works() {
    let app = TestApp::start().await;
    let (ana, beto) = (app.user("ana").await, app.user("beto").await);
    let (mut one, mut other) = (socket(&ana).await, socket(&beto).await);
    assert_eq!(one.ask("create", json!({"room": "jogos", "password": "123"})).await, json!({"ok": true}));
    let wrong = other.ask("join", json!({"room": "jogos", "username": "Beto", "password": "124"})).await;
    assert_eq!(wrong["fields"][0]["reason"], "wrong_password", "{wrong}");
    assert_eq!(
        one.ask("join", json!({"room": "jogos", "username": "Ana", "password": "123"})).await["ok"],
        true
    );
    let enter = json!({"room": "jogos", "username": "Beto", "password": "123"});
    assert_eq!(other.ask("join", enter).await["ok"], true);
    let status = one.until("status").await;
    assert_eq!(status["username"], "ana", "{status}");
    let status = one.until("status").await;
    assert_eq!((&status["username"], &status["room"]), (&json!("beto"), &json!("jogos")));
    assert_eq!(status["msg"], "beto joined");
    // Whoever is named in it, a message is by whom the session is.
    one.send(r#"42["text",{"room":"jogos","username":"beto","msg":"oi, Beto"}]"#).await;
    for socket in [&mut one, &mut other] {
        let message = socket.until("message").await;
        assert_eq!((&message["username"], &message["room"]), (&json!("ana"), &json!("jogos")));
        assert_eq!((&message["msg"], &message["message"]), (&json!("oi, Beto"), &json!("oi, Beto")));
    }
    assert_eq!(other.ask("leave", json!({"room": "jogos", "username": "Beto"})).await["ok"], true);
    assert_eq!(one.until("status").await["msg"], "beto left");
    one.ask("text", json!({"room": "jogos", "msg": "alone"})).await;
    let (told, refused) = other.so_far("text", json!({"room": "jogos", "msg": "still here?"})).await;
    assert_eq!(code(&refused), "not_found");
    assert!(told.iter().all(|(event, _)| event == "error"), "{told:?}");
}

#[tokio::test]
async fn a_message_passes_to_and_from_papos_own_doors() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut old, mut live) = (socket(&ana).await, bea.live().await);
    live.until("hello").await;
    old.ask("join", json!({"chat_id": app.general})).await;
    old.ask("message", json!({"chat_id": app.general, "message": "from the old client"})).await;
    loop {
        let message = live.until("message").await;
        if message["text"] == "from the old client" {
            assert_eq!(live.who(&message["from"]), "ana");
            break;
        }
    }
    bea.say(app.general, "from the form").await.expect(200);
    loop {
        let message = old.until("message").await;
        if message["username"] == "bea" {
            assert_eq!(message["message"], "from the form");
            assert_eq!(message["room"], json!(app.general.to_string()), "as the client named it");
            break;
        }
    }
    let history = ana.open("general").await["history"]["messages"].clone();
    let texts: Vec<_> = history.as_array().unwrap().iter().map(|message| message["text"].clone()).collect();
    assert!(texts.contains(&json!("from the old client")), "{texts:?}");
}

#[tokio::test]
async fn polling_serves_those_without_websockets() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let own = [("origin", ana.origin.as_str())];
    let (status, open) = get(&ana, HANDSHAKE, &[]).await;
    assert_eq!(status, 200);
    let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
    assert_eq!((&open["maxPayload"], &open["pingInterval"]), (&json!(64 * 1024), &json!(25_000)));
    let path = format!("{HANDSHAKE}&sid={}", open["sid"].as_str().unwrap());
    let post = async |body: &str| request(&ana, reqwest::Method::POST, &path, &own, body).await.0;
    assert_eq!(post("40{}").await, 200);
    assert_eq!(post("42[\"join\",{\"room\":\"general\"}]\u{1e}42[\"text\",{\"msg\":\"polled\"}]").await, 200);
    let mut heard = String::new();
    while !heard.contains("\"msg\":\"polled\"") {
        heard += &get(&ana, &path, &[]).await.1;
    }
    assert_eq!(request(&ana, reqwest::Method::POST, &path, &own, &"x".repeat(65 * 1024)).await.0, 413);
    assert_eq!(
        request(&ana, reqwest::Method::POST, &path, &[], "3").await.0,
        403,
        "a write without a source"
    );
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(request(&ana, reqwest::Method::POST, &path, &foreign, "3").await.0, 403);
}

#[tokio::test]
async fn nobody_without_a_session_takes_part() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let mut socket = SocketIoClient::connect(&app.origin, &[]).await.unwrap();
    socket.send("40").await;
    let packets = socket.until_the_end().await;
    let told = packets.iter().find(|packet| packet.starts_with("42[\"error\"")).expect("no error was told");
    assert!(told.contains("\"code\":\"unauthenticated\"") && told.contains("ign in"), "{told}");
    assert!(packets.contains(&"41".to_owned()), "{packets:?}");
    assert_eq!(refusal(&stranger, &[("authorization", "Bearer nonsense")]).await, Some(401));
    let mut socket = SocketIoClient::connect(&app.origin, &[]).await.unwrap();
    socket.send(r#"40{"token":"nonsense"}"#).await;
    assert!(socket.until_the_end().await.iter().any(|packet| packet.contains("unauthenticated")));
}

#[tokio::test]
async fn a_token_is_proof_wherever_it_comes_from() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let form = [("username", "ana"), ("password", "a long password")];
    let token = app.program(None).form("/login", &form).await.expect(200).json()["access_token"].clone();
    let token = token.as_str().unwrap();
    let foreign = ("origin", "https://elsewhere.example");
    let query = format!("EIO=4&transport=websocket&token={token}");
    let mut by_query = SocketIoClient::connect_at(&app.origin, &query, &[foreign]).await.unwrap();
    by_query.greet(json!({})).await;
    let bearer = format!("Bearer {token}");
    let mut by_header =
        SocketIoClient::connect(&app.origin, &[foreign, ("authorization", &bearer)]).await.unwrap();
    by_header.greet(json!({})).await;
    let mut by_packet = SocketIoClient::connect(&app.origin, &[foreign]).await.unwrap();
    by_packet.greet(json!({ "token": token })).await;
    for socket in [&mut by_query, &mut by_header, &mut by_packet] {
        assert_eq!(socket.ask("join", json!({"room": "general"})).await["ok"], true);
    }
    by_query.ask("text", json!({"msg": "by a token"})).await;
    assert_eq!(by_packet.until("message").await["username"], "ana");
    app.papo(&["user", "disable", "ana"]).await;
    for mut socket in [by_query, by_header, by_packet] {
        socket.until_the_end().await;
    }
}

#[tokio::test]
async fn a_token_that_only_reads_does_not_take_part() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let token = app.papo(&["token", "ana", "--scope", "read"]).await;
    let bearer = format!("Bearer {}", token.trim());
    assert_eq!(refusal(&ana, &[("authorization", &bearer)]).await, Some(403));
    let mut socket = SocketIoClient::connect(&app.origin, &[]).await.unwrap();
    socket.send(&format!("40{}", json!({ "token": token.trim() }))).await;
    let packets = socket.until_the_end().await;
    assert!(packets.iter().any(|packet| packet.contains("\"code\":\"forbidden\"")), "{packets:?}");
}

#[tokio::test]
async fn other_sites_pages_cannot_use_a_session() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let cookies = ana.cookies();
    for origin in ["https://evil.example", "null", &format!("{}.evil.example", ana.origin)] {
        assert_eq!(refusal(&ana, &[("cookie", &cookies), ("origin", origin)]).await, Some(403), "{origin}");
        assert_eq!(get(&ana, HANDSHAKE, &[("origin", origin)]).await.0, 403, "{origin}");
    }
    assert_eq!(refusal(&ana, &[("cookie", &cookies)]).await, Some(403), "a WebSocket without an origin");
}

#[tokio::test]
async fn no_way_of_writing_an_address_leads_around_the_gate() {
    let app = TestApp::start().await;
    for query in [
        "EIO=4&transport=websocket&%73id=x",
        "EIO=4&transport=websocket&%73id=AAAAAAAAAAAAAAAA",
        "EIO=4=x&transport=websocket",
        "EIO=4&transport=websocket=x",
        "EIO=3&transport=websocket",
    ] {
        let refusal = SocketIoClient::connect_at(&app.origin, query, &[]).await.err();
        match *refusal.unwrap_or_else(|| panic!("{query} is taken")) {
            tokio_tungstenite::tungstenite::Error::Http(answer) => {
                assert_eq!(answer.status(), 400, "{query}")
            }
            other => panic!("{query}: {other}"),
        }
    }
    let (status, _) = get(&app.anonymous(), "/socket.io/?EIO=4&transport=polling&%73id=x", &[]).await;
    assert_eq!(status, 400);
    let cookieless = "%45IO=4&transport=%77ebsocket";
    let mut socket = SocketIoClient::connect_at(&app.origin, cookieless, &[]).await.unwrap();
    assert!(socket.packet().await.unwrap().starts_with('0'), "another way of writing the same");
}

#[tokio::test]
async fn a_client_has_one_socket_and_joins_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (cookies, open) = (ana.cookies(), get(&ana, HANDSHAKE, &[]).await.1);
    let open: Value = serde_json::from_str(&open[1..]).unwrap();
    let query = format!("EIO=4&transport=websocket&sid={}", open["sid"].as_str().unwrap());
    let headers = [("cookie", &*cookies), ("origin", &ana.origin)];
    let mut first = SocketIoClient::connect_at(&app.origin, &query, &headers).await.unwrap();
    let second = SocketIoClient::connect_at(&app.origin, &query, &headers).await;
    assert!(second.is_err(), "a second socket is taken");
    first.send("2probe").await;
    assert_eq!(first.packet().await.unwrap(), "3probe");
    first.send("5").await;
    first.greet(json!({})).await;
    first.send("41").await;
    first.send_badly("40{}").await;
    first.until_the_end().await;
    let again = format!("{HANDSHAKE}&sid={}", open["sid"].as_str().unwrap());
    assert_eq!(get(&ana, &again, &[]).await.0, 400);
}

#[tokio::test]
async fn outsiders_learn_nothing_of_a_private_room() {
    let app = TestApp::start().await;
    let (ana, bea, eve) = (app.user("ana").await, app.user("bea").await, app.user("eve").await);
    let message =
        [("cid", uuid::Uuid::now_v7().to_string()), ("to", "bea".into()), ("text", "secret".into())];
    ana.post("post_message", &message).await.expect(200);
    let direct = bea.read("direct", &[("username", "ana")]).await.expect(200).json();
    let direct = direct["open"]["room"]["id"].as_i64().unwrap();
    let mut socket = socket(&eve).await;
    for event in ["join", "leave", "text"] {
        let ask = |room: i64| json!({"room": room, "msg": "hello?", "password": "guess"});
        let foreign = socket.ask(event, ask(direct)).await;
        let missing = socket.ask(event, ask(direct + 1)).await;
        assert_eq!(code(&foreign), "not_found", "{event}");
        assert_eq!(foreign, missing, "{event}");
    }
    bea.post(
        "post_message",
        &[("cid", uuid::Uuid::now_v7().to_string()), ("to", "ana".into()), ("text", "2".into())],
    )
    .await
    .expect(200);
    let (told, _) = socket.so_far("dance", json!({})).await;
    assert!(told.iter().all(|(event, _)| event == "error"), "{told:?}");
}

#[tokio::test]
async fn who_has_left_by_another_door_hears_nothing_more() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let mut socket = socket(&bea).await;
    socket.ask("join", json!({"room": "general"})).await;
    bea.post("leave_room", &[("room", app.general.to_string())]).await.expect(200);
    ana.say(app.general, "among us").await.expect(200);
    let (told, refused) = socket.so_far("text", json!({"room": "general", "msg": "and I?"})).await;
    assert_eq!(code(&refused), "not_found");
    assert!(!told.iter().any(|(event, _)| event == "message"), "{told:?}");
}

#[tokio::test]
async fn an_ended_session_ends_its_sockets() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut signed_out, mut disabled) = (socket(&ana).await, socket(&bea).await);
    ana.post("sign_out", &[]).await.expect(200);
    app.papo(&["user", "disable", "bea"]).await;
    for socket in [&mut signed_out, &mut disabled] {
        let packets = socket.until_the_end().await;
        assert!(packets.iter().any(|packet| packet.contains("unauthenticated")), "{packets:?}");
        assert!(packets.contains(&"41".to_owned()), "{packets:?}");
    }
    let (status, _) = get(&ana, HANDSHAKE, &[]).await;
    assert_eq!(status, 200, "a stranger may say who it is, and has some seconds for it");
}

#[tokio::test]
async fn bad_input_is_named_or_ends_its_own_connection() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut one = socket(&ana).await;
    for (event, argument, field, reason) in [
        ("dance", json!({}), "event", "unknown"),
        ("join", json!({}), "room", "missing"),
        ("join", json!({"room": "!!!"}), "room", "malformed"),
        ("create", json!({"room": "general"}), "name", "taken"),
        ("text", json!({"room": "general", "msg": "x".repeat(5_001)}), "text", "too_long"),
        ("message", json!({"room": "general"}), "text", "missing"),
        ("message", json!("which room?"), "room", "missing"),
    ] {
        let (told, refused) = one.so_far(event, argument).await;
        assert_eq!(
            (&refused["fields"][0]["field"], &refused["fields"][0]["reason"]),
            (&json!(field), &json!(reason))
        );
        drop(told);
        assert_eq!(one.until("error").await["fields"][0]["field"], field);
    }
    let mut others = Vec::new();
    for packet in
        ["4!", "42", "42[", "9", "451-[\"text\",{\"_placeholder\":true,\"num\":0}]", &"x".repeat(70_000)]
    {
        let mut bad = socket(&ana).await;
        bad.send_badly(packet).await;
        others.push(bad);
    }
    for mut bad in others {
        bad.until_the_end().await;
    }
    assert_eq!(one.ask("join", json!({"room": "general"})).await["ok"], true, "the others are untroubled");
    for path in [
        "",
        "?EIO=4",
        "?EIO=3&transport=polling",
        "?EIO=3&transport=websocket",
        "?EIO=4&transport=carrier-pigeon",
    ] {
        let (status, _) = get(&ana, &format!("/socket.io/{path}"), &[]).await;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let unknown = format!("{HANDSHAKE}&sid=AAAAAAAAAAAAAAAA");
    assert_eq!(get(&ana, &unknown, &[]).await.0, 400);
}

#[tokio::test]
async fn a_user_has_twenty_connections_by_this_door_too() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (cookies, mut mine) = (ana.cookies(), Vec::new());
    for _ in 0..10 {
        mine.push(socket(&ana).await);
    }
    let mut live = Vec::new();
    for _ in 0..10 {
        live.push(ana.live().await);
    }
    assert_eq!(refusal(&ana, &[("cookie", &cookies), ("origin", &ana.origin)]).await, Some(429));
    assert_eq!(get(&ana, HANDSHAKE, &[]).await.0, 429);
}

#[tokio::test]
async fn a_flood_ends_its_own_connection() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut flood, mut other) = (socket(&ana).await, socket(&bea).await);
    for _ in 0..600 {
        flood.send(r#"42["dance",{}]"#).await;
    }
    let packets = flood.until_the_end().await;
    assert!(packets.iter().any(|packet| packet.contains("rate_limited")), "{:?}", packets.last());
    assert_eq!(other.ask("join", json!({"room": "general"})).await["ok"], true);
}

#[tokio::test]
async fn a_stopping_server_ends_polls_and_sockets() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut one = socket(&ana).await;
    let open = get(&ana, HANDSHAKE, &[]).await.1;
    let open: Value = serde_json::from_str(&open[1..]).unwrap();
    let path = format!("{HANDSHAKE}&sid={}", open["sid"].as_str().unwrap());
    // The first thing to hear is a ping, at once.
    assert_eq!(get(&ana, &path, &[]).await.1, "2");
    let poll =
        reqwest::Client::new().get(format!("{}{path}", ana.origin)).header(header::COOKIE, ana.cookies());
    let stop = async {
        one.ask("join", json!({"room": "general"})).await;
        app.stop();
        one.until_the_end().await
    };
    let (poll, packets) = tokio::join!(poll.send(), stop);
    // It was refused at once, unless the server stopped to listen before it came.
    assert!(poll.is_err() || poll.is_ok_and(|answer| answer.status() == 503));
    assert!(!packets.contains(&"41".to_owned()), "who is sent away does not come back: {packets:?}");
    app.stopped().await;
}

#[tokio::test]
async fn it_can_be_switched_off() {
    let app = TestApp::start_with(&["--protocols", "none"]).await;
    let ana = app.user("ana").await;
    assert_eq!(get(&ana, HANDSHAKE, &[]).await.0, 404);
}
