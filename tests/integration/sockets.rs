//! Connections that stall, swarm or break rules end, and everybody else is served meanwhile.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use papo::server::http::Deadlines;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::support::{Client, LiveClient, Raw, SocketIoClient, TestApp};

/// A file that fits no socket's buffers.
const LARGE: &str = "/api/docs/swagger-ui-bundle.js";
const HOST: &str = "host: a\r\n";

/// Deadlines that a test can wait for.
async fn impatient(options: &[&str]) -> TestApp {
    let soon = Duration::from_millis(300);
    TestApp::start_with_deadlines(options, Deadlines { head: soon, stall: soon }).await
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{HOST}\r\n")
}

async fn status(origin: &str, path: &str) -> u16 {
    Raw::ask(origin, "GET", path, HOST).await.status
}

#[tokio::test]
async fn a_download_that_nobody_reads_is_cut() {
    let app = impatient(&[]).await;
    let mut all = Vec::new();
    for _ in 0..20 {
        all.push(Raw::send(&app.origin, get(LARGE)).await);
    }
    // Several at a time on one connection are no way around it.
    all.push(Raw::send(&app.origin, get("/login").repeat(500)).await);
    for stalled in &all {
        stalled.reset().await;
    }
    let whole = app.anonymous().get(LARGE).await.expect(200);
    assert!(whole.text.len() > 1_000_000, "who reads gets it");
}

#[tokio::test]
async fn half_a_request_is_cut() {
    let app = impatient(&[]).await;
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
        let rest = Raw::send(&app.origin, half).await.rest().await;
        assert_eq!(String::from_utf8_lossy(&rest), "", "{half:?}");
    }
    let head = "content-type: application/json\r\ncontent-length: 1000";
    for path in ["/api/tokens", "/login", "/fn/sign_in"] {
        let half = format!("POST {path} HTTP/1.1\r\n{HOST}{head}\r\n\r\n{{\"login\":");
        let mut raw = Raw::send(&app.origin, half).await;
        assert!((400..500).contains(&raw.head().await.status), "{path}");
        raw.rest().await;
    }
}

#[tokio::test]
async fn a_head_has_at_most_64_kib() {
    let app = TestApp::start().await;
    let head = |bytes: usize| format!("GET /health HTTP/1.1\r\n{HOST}x: {}\r\n\r\n", "x".repeat(bytes));
    assert_eq!(Raw::send(&app.origin, head(60 * 1_024)).await.head().await.status, 200);
    for kib in [65, 390] {
        assert_eq!(Raw::send(&app.origin, head(kib * 1_024)).await.head().await.status, 431, "{kib} KiB");
    }
    let many = format!("GET /health HTTP/1.1\r\n{HOST}{}\r\n", "x: y\r\n".repeat(200));
    assert_eq!(Raw::send(&app.origin, many).await.head().await.status, 431);
}

#[tokio::test]
async fn a_health_check_gets_in_whatever_fills_the_server() {
    let app = TestApp::start_with(&["--limits", "sockets=50"]).await;
    let mut stalled = Vec::new();
    for request in [
        get(LARGE),
        String::new(),
        "GET / HT".to_owned(),
        "POST /login HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n".to_owned(),
    ] {
        for _ in 0..50 {
            stalled.push(Raw::send(&app.origin, &request).await);
        }
        for path in ["/health", "/ready", "/login"] {
            assert_eq!(status(&app.origin, path).await, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn with_all_places_taken_for_good_only_a_health_check_is_answered() {
    let app = TestApp::start_with(&["--limits", "sockets=4"]).await;
    let ana = app.user("ana").await;
    let mut all = Vec::new();
    for _ in 0..4 {
        let mut live = ana.live().await;
        live.until("hello").await;
        all.push(live);
    }
    for path in ["/health", "/ready"] {
        assert_eq!(status(&app.origin, path).await, 200, "{path}");
    }
    for (path, kind) in [("/login", "text/plain"), ("/api/me", "application/problem+json")] {
        let refused = Raw::ask(&app.origin, "GET", path, HOST).await;
        assert_eq!(refused.status, 503, "{path}");
        for part in ["retry-after: 10", "connection: close", kind] {
            assert!(refused.text.contains(part), "{part}: {}", refused.text);
        }
    }
    let silent = Raw::connect(&app.origin).await;
    let late = futures_util::future::join_all((0..100).map(|_| Raw::connect(&app.origin))).await;
    assert_eq!(status(&app.origin, "/health").await, 200, "the lane lets the oldest go");
    drop((silent, late));
    all.pop().unwrap().leave().await;
    while status(&app.origin, "/login").await != 200 {
        tokio::task::yield_now().await;
    }
    all[0].say(app.general, "untroubled").await;
    all[0].until("delivery").await;
}

#[tokio::test]
async fn without_descriptors_the_server_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let papo = env!("CARGO_BIN_EXE_papo");
    let mut server = Command::new("sh")
        .args(["-c", "ulimit -n 80; exec \"$0\" --listen 127.0.0.1:0 --data \"$1\"", papo])
        .arg(data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    // A server that prints more must find somebody who reads.
    let mut output = BufReader::new(server.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let origin = line.trim().rsplit(' ').next().unwrap().to_owned();
    let mut all = Vec::new();
    for _ in 0..300 {
        all.push(Raw::connect(&origin).await);
    }
    assert_eq!(status(&origin, "/health").await, 200);
    drop(all);
    assert_eq!(status(&origin, "/login").await, 200);
    server.kill().unwrap();
    server.wait().unwrap();
}

fn empty_ping() -> Message {
    Message::Ping(Bytes::new())
}

fn fragment(kind: Data) -> Message {
    Message::Frame(Frame::message(Bytes::new(), OpCode::Data(kind), false))
}

async fn live_at(user: &Client, path: &str) -> LiveClient {
    let bearer = format!("Bearer {}", user.token());
    LiveClient::connect_at(&user.origin, path, &[("authorization", &bearer)]).await.unwrap()
}

#[tokio::test]
async fn a_flood_of_control_frames_or_fragments_ends_its_own_connection() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    let conversations = ana.fetch("/api/chat/conversations/").await;
    let conversation = format!("/ws/chat/{}/", conversations["results"][0]["id"].as_str().unwrap());
    let webchat = format!("/ws?token={}", ana.token());
    for path in ["/api/live", &conversation, &webchat] {
        let (mut pings, mut fragments) = (live_at(&ana, path).await, live_at(&ana, path).await);
        fragments.try_frame(fragment(Data::Text)).await;
        for _ in 0..1_000 {
            pings.try_frame(empty_ping()).await;
            fragments.try_frame(fragment(Data::Continue)).await;
        }
        assert_eq!((pings.closed().await, fragments.closed().await), (4029, 4029), "{path}");
    }
    let mut few = ana.live().await;
    for _ in 0..50 {
        few.try_frame(empty_ping()).await;
    }
    few.say(app.general, "some pings are fine").await;
    few.until("delivery").await;
}

#[tokio::test]
async fn the_same_flood_ends_a_socket_io_connection() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    let bearer = format!("Bearer {}", ana.token());
    let headers = [("authorization", bearer.as_str())];
    for flood in [empty_ping(), Message::text("3")] {
        let mut socket = SocketIoClient::connect(&app.origin, &headers).await.unwrap();
        socket.greet(json!({})).await;
        for _ in 0..1_000 {
            socket.try_frame(flood.clone()).await;
        }
        socket.until_the_end().await;
    }
    let open = ana.get("/socket.io/?EIO=4&transport=polling").await.expect(200);
    let open: Value = serde_json::from_str(&open.text[1..]).unwrap();
    let path = format!("/socket.io/?EIO=4&transport=polling&sid={}", open["sid"].as_str().unwrap());
    let pongs = vec!["3"; 1_000].join("\u{1e}");
    assert_eq!(ana.rest_with("POST", &path, &[], pongs).await.status, 400);
}

#[tokio::test]
async fn who_is_closed_cannot_come_back_endlessly() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut refused = None;
    for _ in 0..200 {
        match ana.live_from("192.0.2.1").await {
            Ok(mut live) => live.leave().await,
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    match *refused.expect("all of them were let in") {
        tokio_tungstenite::tungstenite::Error::Http(answer) => assert_eq!(answer.status(), 429),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_comes_right_behind_a_handshake_is_not_lost() {
    let app = impatient(&[]).await;
    let ana = app.program_of("ana").await;
    let mut bytes = handshake(&ana, "connection: upgrade\r\nupgrade: websocket\r\n", KEY).into_bytes();
    for _ in 0..100 {
        let ping = br#"{"type":"ping"}"#;
        bytes.extend([0x81, 0x80 | u8::try_from(ping.len()).unwrap(), 0, 0, 0, 0]);
        bytes.extend(ping);
    }
    // The last one tells that all were read.
    bytes.extend([0x89, 0x81, 0, 0, 0, 0, b'!']);
    let mut raw = Raw::send(&app.origin, bytes).await;
    assert_eq!(raw.head().await.status, 101);
    raw.until(b"\x8a\x01!").await;
    assert_eq!(raw.until(br#"{"type":"pong"}"#).await, 100);
}

const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn handshake(user: &Client, upgrade: &str, key: &str) -> String {
    let token = user.token();
    format!(
        "GET /api/live HTTP/1.1\r\n{HOST}authorization: Bearer {token}\r\n{upgrade}sec-websocket-version: 13\r\n{key}\r\n"
    )
}

#[tokio::test]
async fn a_handshake_has_a_proper_key() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
    for (upgrade, key, expected) in [
        (upgrade, KEY, 101),
        (upgrade, "", 400),
        (upgrade, "sec-websocket-key: x\r\n", 400),
        (upgrade, "sec-websocket-key: dGhlIHNhbXBsZSBub25jZSE=\r\n", 400),
        (upgrade, &KEY.repeat(2), 400),
        ("connection: upgrade\r\n", KEY, 426),
        ("", "", 426),
    ] {
        let answer = Raw::send(&app.origin, handshake(&ana, upgrade, key)).await.head().await;
        assert_eq!(answer.status, expected, "{upgrade:?} {key:?}");
    }
    let socket_io = "/socket.io/?EIO=4&transport=websocket";
    let headers = format!("{HOST}{upgrade}sec-websocket-version: 13\r\nsec-websocket-key: x\r\n");
    assert_eq!(Raw::ask(&app.origin, "GET", socket_io, &headers).await.status, 400);
}

#[tokio::test]
async fn a_request_names_one_host() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/health", "/api/me", "/nothing", "/fn/overview", "/socket.io/", LARGE] {
        for hosts in
            ["", "host: a\r\nhost: a\r\n", "host:\r\n", "host: a b\r\n", "host: a:b\r\n", "host: user@a\r\n"]
        {
            let answer = Raw::ask(&app.origin, "GET", path, hosts).await;
            assert_eq!(answer.status, 400, "{path} {hosts:?}");
            let kind = if path.starts_with("/api/") { "application/problem+json" } else { "text/plain" };
            assert!(answer.text.contains(kind), "{path}: {}", answer.text);
        }
    }
    let old = Raw::send(&app.origin, "GET /health HTTP/1.0\r\n\r\n").await.head().await;
    assert_eq!(old.status, 200, "HTTP/1.0 needs none");
}

#[tokio::test]
async fn a_request_id_from_outside_is_plain_or_replaced() {
    let app = TestApp::start().await;
    let id = async |lines: &str| {
        let head = Raw::ask(&app.origin, "GET", "/health", &format!("{HOST}{lines}")).await.text;
        let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
        id.to_owned()
    };
    let (longest, longer) = ("a".repeat(64), "a".repeat(65));
    for kept in ["abc-123", "0", &longest] {
        assert_eq!(id(&format!("x-request-id: {kept}\r\n")).await, kept);
    }
    for odd in ["", "a b", "a_b", "<script>", "a;b", "\u{e9}", &longer] {
        let id = id(&format!("x-request-id: {odd}\r\n")).await;
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{odd:?}: {id}");
    }
    let id = id("x-request-id: a\r\nx-request-id: b\r\n").await;
    assert!(uuid::Uuid::parse_str(&id).is_ok(), "{id}");
}

#[tokio::test]
async fn clients_without_a_name_keep_nobody_out() {
    let app = TestApp::start_with(&["--limits", "connections_per_address=5,handshakes_per_address=3"]).await;
    let stranger = app.anonymous();
    let mut ids = Vec::new();
    for _ in 0..10 {
        let open = stranger.get("/socket.io/?EIO=4&transport=polling").await.expect(200);
        let open: Value = serde_json::from_str(&open.text[1..]).unwrap();
        ids.push(open["sid"].as_str().unwrap().to_owned());
    }
    let ana = app.program_of("ana").await;
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(ana.live().await);
    }
    let mut by_token = SocketIoClient::connect(&app.origin, &[]).await.unwrap();
    by_token.greet(json!({ "token": ana.token() })).await;
    assert_eq!(by_token.ask("join", json!({"room": "general"})).await["ok"], true);
    let poll = format!("/socket.io/?EIO=4&transport=polling&sid={}", ids[0]);
    stranger.get(&poll).await.expect(400);
}

#[tokio::test]
async fn a_socket_io_client_that_does_not_read_is_ended() {
    let limits =
        "messages_per_second=100000,messages_burst=100000,requests_per_second=100000,requests_burst=100000";
    let app = TestApp::start_with(&["--limits", limits]).await;
    let (ana, bea) = (app.program_of("ana").await, app.user("bea").await);
    let bearer = format!("Bearer {}", ana.token());
    let headers = [("authorization", bearer.as_str())];
    let mut slow = SocketIoClient::connect(&app.origin, &headers).await.unwrap();
    let mut fast = SocketIoClient::connect(&app.origin, &headers).await.unwrap();
    for socket in [&mut slow, &mut fast] {
        socket.greet(json!({})).await;
        assert_eq!(socket.ask("join", json!({"room": "general"})).await["ok"], true);
    }
    let mut live = bea.live().await;
    let text = "x".repeat(4_000);
    let (mut bytes, mut posted) = (0, 0);
    // Twice the buffers of both kernels, and the server's own.
    while bytes < 16 * 1_024 * 1_024 {
        for _ in 0..20 {
            live.say(app.general, &text).await;
        }
        for _ in 0..20 {
            live.until("delivery").await;
            assert_eq!(fast.until("message").await["msg"], text);
        }
        posted += 20;
        bytes = posted * 2 * text.len();
    }
    let heard = slow.until_the_end().await;
    assert!(heard.len() < posted, "{} of {posted}", heard.len());
    fast.ask("text", json!({"msg": "untroubled"})).await;
}
