//! Groups: who is in them, what they are called, and who hears of it.

use papo::model::{LiveEvent, LiveState, page::Overview};
use serde_json::{Value, json};

use super::rooms::must_seem_missing;
use crate::support::{Client, TestApp, introduce};

async fn make(client: &Client, name: &str, members: Value) -> Value {
    client.rest("POST", "/api/groups", json!({"name": name, "members": members})).await.expect(201).json()
}

async fn overview(client: &Client) -> Overview {
    serde_json::from_str(&client.read("overview", &[]).await.expect(200).text).unwrap()
}

#[tokio::test]
async fn a_group_is_named_or_called_after_its_members() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let carol = app.user("carol").await;
        introduce(&ana, &bea).await;
        introduce(&ana, &carol).await;
        let carol = carol.fetch("/api/me").await["id"].clone();
        let trip = make(&ana, "Trip", json!(["bea"])).await;
        assert_eq!(
            (&trip["name"], &trip["kind"], &trip["role"]),
            (&"Trip".into(), &"group".into(), &"owner".into())
        );
        let mut group = make(&ana, "", json!(["bea", carol, "BEA", "ana"])).await;
        assert_eq!((&group["name"], &group["others"]), (&json!(""), &json!([bea.id().await, carol])));
        let admitted = group.as_object_mut().unwrap();
        let (entered, invited) = (admitted.remove("entered").unwrap(), admitted.remove("invited").unwrap());
        assert_eq!((&entered[0]["username"], &entered[1]["username"]), (&"bea".into(), &"carol".into()));
        assert_eq!((entered.as_array().unwrap().len(), invited), (2, json!([])));
        let of_bea = bea.fetch(&format!("/api/rooms/{}", group["id"])).await;
        assert_eq!(of_bea["others"], json!([ana.id().await, carol]));
        assert_eq!(ana.fetch("/api/rooms").await["items"][0], group);
        let page = bea.get(&format!("/rooms/{}", group["id"])).await.expect(200).text;
        assert!(page.contains("ana, carol"), "{page}");
    }
}

#[tokio::test]
async fn a_group_takes_only_people_who_are_there() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    app.user("gone").await;
    app.papo(&["user", "disable", "gone"]).await;
    for (members, reason) in [
        (json!([]), "missing"),
        (json!(["ana"]), "missing"),
        (json!(["nobody"]), "unknown"),
        (json!(["gone"]), "unknown"),
        (json!((0..50).collect::<Vec<_>>()), "too_long"),
    ] {
        let refused = ana.rest("POST", "/api/groups", json!({"members": members})).await.expect(422);
        assert_eq!(refused.reason("members").as_deref(), Some(reason), "{members}");
    }
    let refused = ana.rest("POST", "/api/groups", json!({"members": [true]})).await.expect(400);
    assert_eq!(refused.reason("members[0]").as_deref(), Some("malformed"));
}

#[tokio::test]
async fn every_change_of_a_group_leaves_tabs_as_a_fresh_fetch_would() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        introduce(&ana, &bea).await;
        introduce(&ana, &app.user("carol").await).await;
        let room = make(&ana, "", json!(["bea"])).await["id"].clone();
        let mut live = bea.live().await;
        live.until("hello").await;
        live.so_far().await;
        let mut state = LiveState::new(overview(&bea).await);
        let place = format!("/api/rooms/{room}/members");
        for (method, who, status, name) in [
            ("PUT", "carol", 200, "ana, carol"),
            ("PUT", "carol", 200, "ana, carol"),
            ("DELETE", "carol", 204, "ana"),
            ("PUT", "carol", 200, "ana, carol"),
        ] {
            ana.rest(method, &format!("{place}/{who}"), Value::Null).await.expect(status);
            for event in live.so_far().await {
                state.apply(serde_json::from_value::<LiveEvent>(event).unwrap());
            }
            let fresh = LiveState::new(overview(&bea).await);
            assert_eq!(state.rooms, fresh.rooms, "after {method} {who}");
            assert_eq!(state.rooms[0].called(&state.people), name);
        }
    }
}

#[tokio::test]
async fn who_is_removed_gets_nothing_of_what_comes_later() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        introduce(&ana, &bea).await;
        let room = make(&ana, "Trip", json!(["bea"])).await["id"].as_i64().unwrap();
        let mut live = bea.live().await;
        live.until("hello").await;
        live.so_far().await;
        ana.rest("DELETE", &format!("/api/rooms/{room}/members/bea"), Value::Null).await.expect(204);
        let gone = live.until("member").await;
        assert_eq!((&gone["room"], &gone["joined"]), (&room.into(), &false.into()));
        ana.say(room, "she is gone").await.expect(200);
        let later = live.so_far().await;
        assert!(later.iter().all(|event| event["room"] != room), "{later:?}");
        let history = ana.fetch(&format!("/api/rooms/{room}/messages")).await;
        let lines = history["items"].as_array().unwrap();
        let notices: Vec<_> = lines.iter().map(|line| &line["notice"]).collect();
        assert_eq!(notices, [&json!("created"), &json!("removed"), &Value::Null]);
        let (from, by) = (&lines[1]["from"], &lines[1]["by"]);
        assert_eq!((from, by), (&bea.id().await, &ana.id().await), "who was removed, and by whom");
        must_seem_missing(&bea, &room.to_string()).await;
    }
}

#[tokio::test]
async fn members_take_in_and_the_owner_takes_out() {
    let app = TestApp::start().await;
    let (ana, bea, eve) = (app.user("ana").await, app.user("bea").await, app.user("eve").await);
    introduce(&ana, &bea).await;
    introduce(&bea, &app.user("carol").await).await;
    let room = make(&ana, "Trip", json!(["bea"])).await["id"].to_string();
    let place = |who: &str| format!("/api/rooms/{room}/members/{who}");
    bea.rest("PUT", &place("carol"), Value::Null).await.expect(200);
    bea.rest("PUT", &place("nobody"), Value::Null).await.expect(404);
    bea.rest("DELETE", &place("carol"), Value::Null).await.expect(403);
    bea.rest("DELETE", &place("ana"), Value::Null).await.expect(403);
    must_seem_missing(&eve, &room).await;
    ana.rest("DELETE", &place("carol"), Value::Null).await.expect(204);
    ana.rest("DELETE", &place("carol"), Value::Null).await.expect(404);
    ana.rest("DELETE", &place("ana"), Value::Null).await.expect(204);
    // Into a channel people go by themselves, and who does not own it takes nobody out.
    bea.rest("PUT", "/api/rooms/general/members/eve", Value::Null).await.expect(403);
    bea.rest("DELETE", "/api/rooms/general/members/eve", Value::Null).await.expect(403);
}
