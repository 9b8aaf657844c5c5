//! Names: rows and events name people by id, and a change of name reaches everyone.

use serde_json::{Value, json};

use crate::{
    cluster::at,
    support::{Client, Cluster, LiveClient, TestApp},
};

async fn rename(client: &Client, name: &str) -> Value {
    client.rest("PATCH", "/api/me", json!({"name": name})).await.expect(200).json()
}

/// Who is told in the list `people`, by name.
fn names(told: &Value) -> Vec<&str> {
    told["people"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect()
}

/// How many times `people` come among the events.
fn introductions(events: &[Value]) -> Vec<Vec<&str>> {
    events.iter().filter(|event| event["type"] == "people").map(names).collect()
}

#[tokio::test]
async fn a_new_name_is_told_at_once_and_stands_beside_what_was_said_before() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        bea.say(app.general, "hello").await.expect(200);
        let mut live = ana.live().await;
        live.until("hello").await;
        live.so_far().await;
        let bea_now = rename(&bea, "Beatriz Souza").await;
        assert_eq!((&bea_now["name"], &bea_now["username"]), (&json!("Beatriz Souza"), &json!("bea")));
        let mut told = live.until("user").await;
        told.as_object_mut().unwrap().remove("type");
        assert_eq!(told, bea_now);

        let history = ana.fetch("/api/rooms/general/messages").await;
        assert!(names(&history).contains(&"Beatriz Souza"), "{history}");
        let page = ana.get("/rooms/general").await.expect(200).text;
        assert!(page.contains("Beatriz Souza"), "{page}");
        let found = ana.fetch("/api/users?query=souza").await;
        assert_eq!(found["items"], json!([bea_now]));
        assert_eq!(bea.fetch("/api/me").await["name"], "Beatriz Souza");
        for bad in ["", "  ", "a\u{7}b", &"x".repeat(101)] {
            let refused = bea.rest("PATCH", "/api/me", json!({"name": bad})).await.expect(422);
            assert!(refused.reason("name").is_some(), "{bad:?}");
        }
    }
}

#[tokio::test]
async fn who_was_away_is_told_by_the_next_sync_and_once() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let people_seq = |overview: Value| overview["people_seq"].as_i64().unwrap();
    let before = people_seq(ana.read("overview", &[]).await.json());
    rename(&bea, "Beatriz").await;
    let mut live = ana.live().await;
    let mut sync = async |people: i64| {
        live.tell(json!({"type": "sync", "people": people})).await;
        let told = live.until("people").await;
        live.until("ready").await;
        told
    };
    let told = sync(before).await;
    assert!(names(&told).contains(&"Beatriz"), "{told}");
    let seq = told["seq"].as_i64().unwrap();
    assert_eq!(sync(seq).await["seq"], seq, "nothing since");
    assert_eq!(people_seq(ana.read("overview", &[]).await.json()), seq);
}

#[tokio::test]
async fn a_room_introduces_each_person_once_until_somebody_comes() {
    let app = TestApp::start().await;
    let (ana, bea, carol) = (app.user("ana").await, app.user("bea").await, app.user("carol").await);
    let mut live = ana.live().await;
    live.until("hello").await;
    live.so_far().await;
    let say = async |client: &Client| client.say(app.general, "hello").await.expect(200);
    for client in [&bea, &bea, &carol, &bea, &carol] {
        say(client).await;
    }
    assert_eq!(introductions(&live.so_far().await), [["bea"], ["carol"]]);

    let mut late = carol.live().await;
    late.until("hello").await;
    late.so_far().await;
    say(&bea).await;
    assert_eq!(introductions(&late.so_far().await), [["bea"]]);
    assert_eq!(introductions(&live.so_far().await), [["bea"]], "told to all of them again");
    say(&bea).await;
    assert!(introductions(&live.so_far().await).is_empty());
}

#[tokio::test]
async fn an_old_protocol_hears_the_new_name() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let bea = app.user("bea").await;
    let login = json!({"login": "ana", "password": "a long password"});
    let token = app.anonymous().rest("POST", "/api/tokens", login).await.expect(201).json()["token"].clone();
    let token = token.as_str().unwrap();
    let mut old = LiveClient::connect_at(&app.origin, &format!("/ws?token={token}"), &[]).await.unwrap();
    old.until("presence").await;
    rename(&bea, "Beatriz").await;
    bea.say(app.general, "hello").await.expect(200);
    let heard = old.until("message").await;
    assert_eq!((&heard["from"], &heard["name"]), (&json!("bea"), &json!("Beatriz")));
}

#[tokio::test]
async fn a_new_name_reaches_the_other_node_also_without_nats() {
    let (mut cluster, one, other) = Cluster::with_two_nodes().await;
    let (ana, bea) = (one.user("ana").await, other.user("bea").await);
    let mut live = at(&ana, &one).await;
    rename(&bea, "Beatriz").await;
    assert_eq!(live.until("user").await["name"], "Beatriz");
    cluster.nats.kill();
    rename(&bea, "Bia").await;
    while live.until("user").await["name"] != "Bia" {}
}
