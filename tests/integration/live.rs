//! The live protocol, spoken by a client written from its description.

use serde_json::{Value, json};

use crate::support::{LiveClient, TestApp};

fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn hello_comes_first_and_tells_who_i_am() {
    let app = TestApp::start().await;
    let mut ana = app.user("ana").await.live().await;
    let hello = ana.next().await;
    assert_eq!(hello["type"], "hello");
    assert_eq!(hello["user"]["username"], "ana");
    assert_eq!(hello["heartbeat_ms"], 25_000);
    assert_eq!(hello["limits"]["message_chars"], 5_000);
}

#[tokio::test]
async fn a_message_is_acknowledged_and_reaches_every_member_and_the_sender() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (mut ana, mut bea) = (app.user("ana").await.live().await, app.user("bea").await.live().await);
        ana.until("hello").await;
        bea.until("hello").await;
        let cid = ana.say(app.general, "hello bea").await;
        let heard = loop {
            let event = bea.until("message").await;
            if event["kind"] == "text" {
                break event;
            }
        };
        assert_eq!((&heard["text"], &heard["cid"]), (&"hello bea".into(), &cid.clone().into()));
        assert_eq!(bea.who(&heard["from"]), "ana");

        let events = ana.so_far().await;
        let delivery = of_type(&events, "delivery")[0];
        assert_eq!(delivery["cid"], cid);
        assert_eq!((&delivery["seq"], &delivery["id"]), (&heard["seq"], &heard["id"]));
        assert!(of_type(&events, "message").iter().any(|event| event["cid"] == cid));
    }
}

#[tokio::test]
async fn a_live_retry_is_answered_alike() {
    let app = TestApp::start().await;
    let mut ana = app.user("ana").await.live().await;
    let send =
        json!({"type": "message", "cid": uuid::Uuid::now_v7().to_string(), "room": app.general, "text": "x"});
    ana.tell(send.clone()).await;
    let first = ana.until("delivery").await;
    ana.tell(send).await;
    assert_eq!(ana.until("delivery").await, first);
}

#[tokio::test]
async fn resume_gives_exactly_what_was_missed() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let page = bea.open("general").await;
    let epoch = bea.read("overview", &[]).await.json()["epoch"].as_str().unwrap().to_owned();
    let cursor = page["cursor"].as_i64().unwrap();
    for n in 0..3 {
        ana.say(app.general, &format!("missed {n}")).await.expect(200);
    }
    let mut live = bea.live().await;
    let events = live.sync(&epoch, json!({ app.general.to_string(): cursor })).await;
    assert_eq!(of_type(&events, "rooms")[0]["rooms"][0]["unread"], 3);
    let synced = of_type(&events, "synced")[0];
    assert_eq!(synced["head"], cursor + 3);
    let seqs: Vec<i64> =
        synced["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [cursor + 1, cursor + 2, cursor + 3]);

    let again = live.sync(&epoch, json!({ app.general.to_string(): cursor + 3 })).await;
    assert!(of_type(&again, "synced").is_empty(), "nothing moved");
}

#[tokio::test]
async fn a_useless_cursor_is_told_to_reload() {
    let app = TestApp::start_with(&["--limits", "off"]).await;
    let ana = app.user("ana").await;
    let epoch = ana.read("overview", &[]).await.json()["epoch"].as_str().unwrap().to_owned();
    let mut live = ana.live().await;
    for (epoch, cursor) in [("another", 1), (&*epoch, 10_000), (&*epoch, -1)] {
        let events = live.sync(epoch, json!({ app.general.to_string(): cursor })).await;
        assert_eq!(of_type(&events, "reload").len(), 1, "{epoch} {cursor}");
    }
    for n in 0..501 {
        live.say(app.general, &format!("{n}")).await;
    }
    for _ in 0..501 {
        live.until("delivery").await;
    }
    let far = live.sync(&epoch, json!({ app.general.to_string(): 1 })).await;
    assert_eq!(of_type(&far, "reload").len(), 1, "too far behind");
}

#[tokio::test]
async fn presence_typing_and_read_marks_are_told() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let mut ana_live = ana.live().await;
    ana_live.until("hello").await;
    let (mut bea_live, bea_id) = (bea.live().await, bea.id().await);
    let change = loop {
        let change = ana_live.until("presence_changed").await;
        if change["user"] == bea_id {
            break change;
        }
    };
    assert_eq!(change["online"], true);
    ana_live.tell(json!({"type": "who"})).await;
    let online = ana_live.until("presence").await["online"].as_array().unwrap().len();
    assert_eq!(online, 2);

    bea_live.tell(json!({"type": "typing", "room": app.general, "on": true})).await;
    assert_eq!(ana_live.until("typing").await["users"], json!([bea_id]));
    bea_live.tell(json!({"type": "typing", "room": app.general, "on": false})).await;
    assert_eq!(ana_live.until("typing").await["users"], json!([]));
    bea_live.tell(json!({"type": "typing", "room": app.general, "on": true})).await;
    bea_live.say(app.general, "done").await;
    while ana_live.until("typing").await["users"] != json!([]) {}

    bea_live.say(app.general, "read me").await;
    let seq = loop {
        let event = ana_live.until("message").await;
        if event["text"] == "read me" {
            break event["seq"].clone();
        }
    };
    ana_live.tell(json!({"type": "read", "room": app.general, "seq": seq})).await;
    let receipt = ana_live.until("receipt").await;
    assert_eq!((&receipt["read_seq"], &receipt["unread"]), (&seq, &0.into()));
}

#[tokio::test]
async fn the_first_message_to_a_person_makes_the_room_for_both() {
    let app = TestApp::start().await;
    let (mut ana, mut bea) = (app.user("ana").await.live().await, app.user("bea").await.live().await);
    ana.until("hello").await;
    bea.until("hello").await;
    let cid = uuid::Uuid::now_v7().to_string();
    ana.tell(json!({"type": "message", "cid": cid, "to": "BEA", "text": "psst"})).await;
    let room = ana.until("delivery").await["room"].clone();
    let heard = loop {
        let event = bea.until("message").await;
        if event["room"] == room {
            break event;
        }
    };
    assert_eq!(heard["text"], "psst");
    let events = bea.sync("", json!({})).await;
    let rooms = of_type(&events, "rooms")[0]["rooms"].as_array().unwrap().clone();
    let direct = rooms.iter().find(|summary| summary["id"] == room).unwrap();
    assert_eq!((&direct["kind"], bea.who(&direct["partner"])), (&"direct".into(), "ana"));
}

#[tokio::test]
async fn malformed_frames_hurt_nobody() {
    let app = TestApp::start().await;
    let mut ana = app.user("ana").await.live().await;
    let cid = uuid::Uuid::now_v7().to_string();
    let odd = [
        ("{".to_owned(), "type", "malformed"),
        ("[]".to_owned(), "type", "malformed"),
        (r#"{"type":"conquer"}"#.to_owned(), "type", "unknown"),
        (r#"{"type":"read","room":1}"#.to_owned(), "seq", "missing"),
        (format!(r#"{{"type":"message","cid":"{cid}","room":"x","text":"hi"}}"#), "room", "malformed"),
        (format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)), "type", "malformed"),
    ];
    for (frame, field, reason) in odd {
        ana.tell_text(&frame).await;
        let refused = ana.until("error").await;
        assert_eq!(refused["code"], "malformed", "{frame:.40}");
        assert_eq!(refused["fields"], json!([{ "field": field, "reason": reason }]), "{frame:.40}");
        assert_eq!(refused["cid"].as_str(), frame.contains(&cid).then_some(&*cid), "{frame:.40}");
    }
    ana.tell(json!({"type": "read", "room": 999, "seq": 1})).await;
    assert_eq!(ana.until("error").await["code"], "not_found");
    ana.tell(json!({"type": "typing", "room": 999, "on": true})).await;
    assert_eq!(ana.until("error").await["code"], "not_found");
    ana.say(app.general, "still here").await;
    ana.until("delivery").await;
}

#[tokio::test]
async fn a_command_is_answered_under_the_name_that_its_client_gives_it() {
    let app = TestApp::start().await;
    let client = app.user("ana").await;
    let mut ana = client.live().await;
    let hello = ana.until("hello").await;
    assert_eq!(hello["protocol"], json!({ "version": 2, "oldest": 2 }));
    ana.tell(json!({"type": "who", "ref": "a"})).await;
    ana.until("presence").await;
    assert_eq!(ana.until("done").await["ref"], "a");
    ana.tell(json!({"type": "typing", "room": app.general, "on": true, "ref": "b"})).await;
    assert_eq!(ana.until("done").await["ref"], "b");
    ana.tell(json!({"type": "read", "room": 999, "seq": 1, "ref": "c"})).await;
    let refused = ana.until("error").await;
    assert_eq!((&refused["ref"], &refused["code"]), (&json!("c"), &json!("not_found")));
    ana.tell(json!({"type": "read", "room": app.general, "ref": "d"})).await;
    assert_eq!(ana.until("error").await["ref"], "d");
    let posted =
        client.rest("POST", "/api/live", json!({"type": "ping", "ref": "e"})).await.expect(200).json();
    assert_eq!(posted, json!([{ "type": "pong" }, { "type": "done", "ref": "e" }]));
}

#[tokio::test]
async fn a_posted_command_is_json() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let plain = [("content-type", "text/plain")];
    let refused = ana.rest_with("POST", "/api/live", &plain, r#"{"type":"ping"}"#).await.expect(415).json();
    assert_eq!(refused["code"], "unsupported_media_type");
}

#[tokio::test]
async fn a_giant_frame_ends_its_own_connection_only() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut giant, mut other) = (ana.live().await, bea.live().await);
    giant.until("hello").await;
    let text = "x".repeat(70_000);
    giant.tell_text(&text).await;
    assert_eq!(giant.closed().await, 1009);
    other.say(app.general, "fine").await;
    other.until("delivery").await;
}

#[tokio::test]
async fn the_door_opens_to_our_own_pages_and_users_only() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let cookies = ana.cookies();
    let host = app.origin.strip_prefix("http://").unwrap();
    let evil = [
        None,
        Some("null".to_owned()),
        Some("http://evil.example".to_owned()),
        Some(format!("http://{host}.evil.example")),
        Some(format!("http://evil.example@{host}")),
        Some(format!("ftp://{host}")),
    ];
    for origin in evil {
        let refused = LiveClient::connect(&app.origin, &cookies, origin.as_deref()).await;
        assert!(refused.is_err(), "{origin:?}");
    }
    assert!(LiveClient::connect(&app.origin, "papo=forged", Some(&app.origin)).await.is_err());
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let app = TestApp::start().await;
    let mut ana = app.user("ana").await.live().await;
    ana.until("hello").await;
    app.stop();
    assert_eq!(ana.closed().await, 1012);
}
