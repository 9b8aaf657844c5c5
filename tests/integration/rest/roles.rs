//! Roles in a room: who gives them, who hears of it, and what they are good for.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, introduce};

async fn group(maker: &Client, members: &[&str]) -> String {
    let wish = json!({ "name": "Trip", "members": members });
    maker.rest("POST", "/api/groups", wish).await.expect(201).json()["id"].to_string()
}

async fn appoint(by: &Client, room: &str, who: &str, role: &str) -> Answer {
    by.rest("PATCH", &format!("/api/rooms/{room}/members/{who}"), json!({ "role": role })).await
}

#[tokio::test]
async fn a_role_is_a_change_of_the_room_that_everybody_in_it_hears() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        introduce(&ana, &bea).await;
        let room = group(&ana, &["bea"]).await;
        let mut live = ana.live().await;
        live.until("hello").await;
        live.so_far().await;
        let head = async || ana.fetch(&format!("/api/rooms/{room}")).await["head"].as_i64().unwrap();
        let before = head().await;

        let place = appoint(&ana, &room, "bea", "moderator").await.expect(200).json();
        assert_eq!((&place["role"], &place["seq"]), (&json!("moderator"), &json!(before + 1)));
        let mut told = live.until("member").await;
        assert_eq!(told.as_object_mut().unwrap().remove("type"), Some(json!("member")));
        assert_eq!(told, place);
        assert_eq!(head().await, before + 1);
        assert_eq!(bea.fetch(&format!("/api/rooms/{room}")).await["role"], "moderator");

        // The role that somebody has already is no change.
        assert_eq!(appoint(&ana, &room, "bea", "moderator").await.expect(200).json(), place);
        assert_eq!((head().await, live.so_far().await.len()), (before + 1, 0));
        // Who was away is told by the answer to a `sync`.
        let epoch = bea.read("overview", &[]).await.json()["epoch"].as_str().unwrap().to_owned();
        let mut late = bea.live().await;
        let missed = late.sync(&epoch, json!({ room.clone(): before })).await;
        let synced = missed.iter().find(|event| event["type"] == "synced").unwrap();
        assert_eq!(synced["members"], json!([place]));
        // Who comes back is a member like others.
        bea.rest("DELETE", &format!("/api/rooms/{room}/members/me"), Value::Null).await.expect(204);
        let back = ana.rest("PUT", &format!("/api/rooms/{room}/members/bea"), Value::Null).await.expect(200);
        assert_eq!(back.json()["role"], "member");
    }
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        introduce(&ana, &bea).await;
        let room = group(&ana, &["bea"]).await;
        appoint(&ana, &room, "ana", "member").await.expect(403);
        appoint(&ana, &room, "ana", "owner").await.expect(200);
        appoint(&ana, &room, "bea", "owner").await.expect(200);
        appoint(&ana, &room, "bea", "member").await.expect(403);
        // Both at once: one of them stays.
        let (one, other) =
            tokio::join!(appoint(&ana, &room, "ana", "member"), appoint(&bea, &room, "bea", "member"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
        let members = ana.fetch(&format!("/api/rooms/{room}/members")).await;
        let roles: Vec<_> =
            members["items"].as_array().unwrap().iter().map(|member| &member["role"]).collect();
        assert!(roles.contains(&&json!("owner")) && roles.contains(&&json!("member")), "{roles:?}");
    }
}

#[tokio::test]
async fn a_moderator_invites_and_removes_members() {
    let app = TestApp::start().await;
    let (ana, bea, carol) = (app.user("ana").await, app.user("bea").await, app.user("carol").await);
    for other in [&bea, &carol] {
        introduce(&ana, other).await;
    }
    introduce(&bea, &app.user("dora").await).await;
    app.user("eve").await;
    let room = group(&ana, &["bea", "carol"]).await;
    let place = |who: &str| format!("/api/rooms/{room}/members/{who}");
    ana.rest("PUT", &place("eve"), Value::Null).await.expect(202);
    bea.rest("DELETE", &place("eve"), Value::Null).await.expect(403);
    appoint(&ana, &room, "bea", "moderator").await.expect(200);
    bea.rest("DELETE", &place("eve"), Value::Null).await.expect(204);
    bea.rest("PUT", &place("dora"), Value::Null).await.expect(200);
    for who in ["dora", "carol"] {
        bea.rest("DELETE", &place(who), Value::Null).await.expect(204);
    }
    bea.rest("DELETE", &place("ana"), Value::Null).await.expect(403);
    appoint(&bea, &room, "ana", "member").await.expect(403);
    appoint(&bea, &room, "bea", "owner").await.expect(403);
    appoint(&bea, &room, "bea", "member").await.expect(200);
}

#[tokio::test]
async fn an_administrator_appoints_with_an_administrators_proof_only() {
    let app = TestApp::start().await;
    let (root, bea) = (app.user("root").await, app.user("bea").await);
    introduce(&bea, &app.user("carol").await).await;
    appoint(&root, "general", "bea", "moderator").await.expect(403);
    app.papo(&["user", "role", "root", "administrator"]).await;
    let (writes, administers) = (app.personal(&root, "write").await, app.personal(&root, "admin").await);
    appoint(&writes, "general", "bea", "moderator").await.expect(403);
    appoint(&administers, "general", "bea", "moderator").await.expect(200);
    appoint(&root, "general", "bea", "owner").await.expect(200);
    appoint(&root, "general", "bea", "member").await.expect(403);
    // What is private to others is so to administrators.
    let room = group(&bea, &["carol"]).await;
    let hidden = appoint(&root, &room, "carol", "moderator").await.expect(404);
    assert_eq!(hidden.text, appoint(&root, "999999", "carol", "moderator").await.expect(404).text);
}

#[tokio::test]
async fn a_role_that_there_is_not_is_malformed() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let refused = appoint(&ana, "general", "ana", "king").await.expect(400);
    assert_eq!(refused.reason("role").as_deref(), Some("unknown"));
}
