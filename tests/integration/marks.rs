//! How far members have come: gathered, stored, told.

use serde_json::{Value, json};

use crate::support::{LiveClient, TestApp};

/// The next receipt about `user`.
async fn receipt(live: &mut LiveClient, user: &Value) -> Value {
    loop {
        let receipt = live.until("receipt").await;
        if receipt["user"] == *user {
            return receipt;
        }
    }
}

#[tokio::test]
async fn others_hear_how_far_a_member_has_come_and_the_member_what_is_left() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let (mut reader, mut same, mut author) = (ana.live().await, ana.live().await, bea.live().await);
        let ana_id = reader.until("hello").await["user"]["id"].clone();
        same.until("hello").await;
        author.until("hello").await;
        let mut last = Value::Null;
        for n in 0..5 {
            author.say(app.general, &format!("{n}")).await;
            last = author.until("delivery").await["seq"].clone();
        }
        let last = last.as_i64().unwrap();

        reader.tell(json!({"type": "delivered", "room": app.general, "seq": 99_999})).await;
        let heard = receipt(&mut author, &ana_id).await;
        assert_eq!(heard["delivered_seq"], last, "never beyond the room's last seq");
        assert!(heard["read_seq"].as_i64().unwrap() < last && heard["unread"].is_null());

        for seq in [last - 1, last - 3, -7] {
            reader.tell(json!({"type": "read", "room": app.general, "seq": seq})).await;
        }
        let heard = receipt(&mut author, &ana_id).await;
        assert_eq!((&heard["delivered_seq"], &heard["read_seq"]), (&last.into(), &(last - 1).into()));
        let own = loop {
            let own = receipt(&mut same, &ana_id).await;
            if !own["unread"].is_null() {
                break own;
            }
        };
        assert_eq!((&own["read_seq"], &own["unread"]), (&(last - 1).into(), &1.into()));
    }
}

#[tokio::test]
async fn a_mark_in_a_room_of_others_is_not_found() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let form = [("name", "Secret".to_owned()), ("password", "open sesame".to_owned())];
    bea.post("create_room", &form).await.expect(200);
    let secret = bea.open("secret").await["room"]["id"].clone();
    let mut live = ana.live().await;
    for kind in ["read", "delivered"] {
        for room in [secret.clone(), json!(12345)] {
            live.tell(json!({"type": kind, "room": room, "seq": 1})).await;
            assert_eq!(live.until("error").await["code"], "not_found");
        }
    }
}

#[tokio::test]
async fn marks_are_kept_when_the_server_stops() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let app = TestApp::start_in(folder).await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    bea.say(app.general, "read me").await.expect(200);
    let mut live = ana.live().await;
    let head = ana.open("general").await["cursor"].clone();
    live.tell(json!({"type": "read", "room": app.general, "seq": head})).await;
    live.so_far().await;
    app.stopped().await;

    let app = TestApp::start_in(folder).await;
    let again = app.anonymous();
    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    again.post("sign_in", &form).await.expect(200);
    assert_eq!(again.open("general").await["room"]["read_seq"], head);
}

#[tokio::test]
async fn sync_tells_the_marks_of_others_in_named_rooms() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    bea.say(app.general, "hello").await.expect(200);
    let page = bea.open("general").await;
    let epoch = bea.read("overview", &[]).await.json()["epoch"].as_str().unwrap().to_owned();
    let mut live = ana.live().await;
    let me = live.until("hello").await["user"]["id"].clone();
    for cursor in [json!(1), page["cursor"].clone(), json!(99_999)] {
        let events = live.sync(&epoch, json!({ app.general.to_string(): cursor })).await;
        let receipts: Vec<_> = events.iter().filter(|event| event["type"] == "receipt").collect();
        assert_eq!(receipts.len(), 1, "{events:?}");
        assert!(receipts[0]["user"] != me && receipts[0]["unread"].is_null());
    }
    let unnamed = live.sync(&epoch, json!({})).await;
    assert!(unnamed.iter().all(|event| event["type"] != "receipt"));
}

#[tokio::test]
async fn a_mark_that_is_put_is_stored_when_its_answer_comes() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    ana.say(app.general, "read me").await.expect(200);
    let path = format!("/api/rooms/{}", app.general);
    let head = bea.rest("GET", &path, Value::Null).await.expect(200).json()["head"].clone();
    bea.rest("PUT", &format!("{path}/marks"), json!({ "read_seq": head })).await.expect(204);
    let room = bea.rest("GET", &path, Value::Null).await.expect(200).json();
    assert_eq!((&room["read_seq"], &room["unread"]), (&head, &json!(0)));
}
