//! The stream of server-sent events: what comes first, and what a client that was away is told.

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

async fn post(client: &Client, room: i64, text: &str) -> i64 {
    let sent = client.rest("POST", &format!("/api/rooms/{room}/messages"), json!({ "text": text })).await;
    sent.expect(201).json()["seq"].as_i64().unwrap()
}

/// The texts that the events tell, whether missed or live, by seq.
fn texts(events: &[Value]) -> Vec<String> {
    let missed = events.iter().flat_map(|event| event["messages"].as_array().cloned().unwrap_or_default());
    let live = events.iter().filter(|event| event["type"] == "message").cloned();
    let texts = missed.chain(live).filter(|message| message["kind"] == "text");
    texts.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

fn rooms_of(events: &[Value], kind: &str) -> Vec<i64> {
    let those = events.iter().filter(|event| event["type"] == kind);
    those.map(|event| event["room"].as_i64().unwrap()).collect()
}

/// The epoch of the server's database.
async fn epoch_of(client: &Client) -> String {
    let hello = client.events("/api/events", &[]).await.next().await.unwrap();
    hello["epoch"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_stream_begins_at_once_also_behind_a_proxy_that_gathers() {
    let app = TestApp::start().await;
    let mut events = app.program_of("ana").await.events("/api/events", &[]).await;
    assert_eq!(events.status(), 200);
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert_eq!(events.headers()["x-accel-buffering"], "no");
    assert!(events.headers()["cache-control"].to_str().unwrap().contains("no-transform"));
    let padding = events.block().await.unwrap();
    assert!(padding.starts_with(':') && padding.len() > 2_000);
    assert_eq!(events.next().await.unwrap()["type"], "hello");
}

#[tokio::test]
async fn cursors_bring_what_was_missed_and_then_what_happens() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.program_of("ana").await, app.program_of("bea").await);
        let cursor = post(&ana, app.general, "known").await;
        post(&ana, app.general, "missed").await;
        let epoch = epoch_of(&bea).await;
        let path = format!("/api/events?since={}:{cursor}&epoch={epoch}", app.general);
        let mut events = bea.events(&path, &[]).await;
        let told = events.until("ready").await;
        assert_eq!(told[0]["type"], "hello");
        assert_eq!(texts(&told), ["missed"]);
        assert_eq!(
            events.last_id,
            format!("{}:{}@{}", app.general, cursor + 1, &epoch[..8]),
            "the head, after what was missed"
        );
        let seq = post(&ana, app.general, "live").await;
        assert_eq!(texts(&events.until("message").await), ["live"]);
        assert_eq!(events.last_id, format!("{}:{seq}@{}", app.general, &epoch[..8]));
    }
}

#[tokio::test]
async fn a_browser_that_connects_again_by_itself_learns_what_it_does_not_hold() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let wish = json!({ "name": "elsewhere", "members": ["bea"] });
    let other = ana.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].as_i64().unwrap();
    bea.rest("POST", &format!("/api/invitations/{other}/accept"), Value::Null).await.expect(200);
    let cursor = post(&ana, app.general, "known").await;
    post(&ana, app.general, "missed").await;
    post(&ana, other, "missed elsewhere").await;

    let epoch = epoch_of(&bea).await;
    let id = format!("{}:{cursor}@{}", app.general, &epoch[..8]);
    let mut events = bea.events("/api/events", &[("last-event-id", &id)]).await;
    let told = events.until("ready").await;
    assert_eq!(texts(&told), ["missed"]);
    assert_eq!(rooms_of(&told, "reload"), [other], "the id says nothing of it");

    let path = format!("/api/events?since={}:1,{other}:1&epoch={epoch}", app.general);
    let mut events = bea.events(&path, &[("last-event-id", &id)]).await;
    let told = events.until("ready").await;
    assert_eq!((texts(&told).len(), rooms_of(&told, "reload").len()), (2, 0));
}

#[tokio::test]
async fn another_history_and_a_cursor_of_no_use_are_told_to_reload() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    let (room, epoch) = (app.general, epoch_of(&ana).await);
    post(&ana, room, "new").await;
    for (query, id) in [
        (format!("since={room}:1&epoch=another"), String::new()),
        (format!("since={room}:9999&epoch={epoch}"), String::new()),
        // What says nothing of its history may be from before a restore.
        (format!("since={room}:1"), String::new()),
        (String::new(), format!("{room}:1")),
        (String::new(), format!("{room}:1@00000000")),
    ] {
        let path = format!("/api/events?{query}");
        let told = ana.events(&path, &[("last-event-id", &id)]).await.until("ready").await;
        assert_eq!((rooms_of(&told, "reload"), texts(&told).len()), (vec![room], 0), "{query} {id}");
    }
}

#[tokio::test]
async fn cursors_of_rooms_of_others_tell_nothing() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    app.user("eve").await;
    let wish = json!({ "name": "secret", "members": ["bea"] });
    let secret = ana.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].as_i64().unwrap();
    bea.rest("POST", &format!("/api/invitations/{secret}/accept"), Value::Null).await.expect(200);
    post(&bea, secret, "not for eve").await;
    let eve = app.log_in("eve").await;
    for room in [secret, 12_345] {
        let path = format!("/api/events?since={room}:0");
        let told = eve.events(&path, &[]).await.until("ready").await;
        let kinds: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["hello", "people", "rooms", "invitations", "ready"]);
        assert!(!told.iter().any(|event| event.to_string().contains("secret")));
    }
}

#[tokio::test]
async fn malformed_cursors_are_refused() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    for since in ["17", "a:b", "1:2:3", "1:2;3:4"] {
        let refused = ana.rest("GET", &format!("/api/events?since={since}"), Value::Null).await.expect(422);
        assert_eq!(refused.reason("since").as_deref(), Some("malformed"), "{since}");
    }
    let refused = ana.rest_with("GET", "/api/events", &[("last-event-id", "mine")], "").await.expect(422);
    assert_eq!(refused.reason("last-event-id").as_deref(), Some("malformed"));
    let many: Vec<String> = (0..501).map(|room| format!("{room}:1")).collect();
    let path = format!("/api/events?since={}", many.join(","));
    ana.rest("GET", &path, Value::Null).await.expect(413);
    app.anonymous().rest("GET", "/api/events?since=1:1", Value::Null).await.expect(401);
}
