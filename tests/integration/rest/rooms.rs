//! Who I am, people, rooms and the directory.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, introduce};

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_are_listed_in_pages_and_found_by_name() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("Ana").await;
        for name in ["bea", "Carol", "dora", "eva"] {
            app.user(name).await;
        }
        assert_eq!(ana.fetch("/api/me").await["username"], "Ana");
        let first = ana.rest("GET", "/api/users?limit=2", Value::Null).await.expect(200);
        assert_eq!(names(&first.json()), ["Ana", "bea"]);
        let next = first.json()["next"].as_str().unwrap().to_owned();
        assert_eq!(first.headers["link"].to_str().unwrap(), format!("<{next}>; rel=\"next\""));
        let second = ana.fetch(&next).await;
        assert_eq!(names(&second), ["Carol", "dora"]);
        let last = ana.fetch(second["next"].as_str().unwrap()).await;
        assert_eq!((names(&last), last.get("next")), (vec!["eva"], None));

        assert_eq!(names(&ana.fetch("/api/users?query=CAR").await), ["Carol"]);
        let carol = ana.fetch("/api/users/carol").await;
        assert_eq!(ana.fetch(&format!("/api/users/{}", carol["id"])).await, carol);
        app.papo(&["user", "disable", "carol"]).await;
        ana.rest("GET", "/api/users/carol", Value::Null).await.expect(404);
        assert_eq!(names(&ana.fetch("/api/users").await), ["Ana", "bea", "dora", "eva"]);
    }
}

#[tokio::test]
async fn a_program_makes_an_account_by_the_rules_of_the_form() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let mut wish = json!({"username": "dora", "name": "Dora", "email": "dora@example.org", "password": "a long password"});
    let made = stranger.rest("POST", "/api/users", wish.clone()).await.expect(201);
    assert_eq!(made.location(), format!("/api/users/{}", made.json()["id"]));
    wish["email"] = "other@example.org".into();
    let taken = stranger.rest("POST", "/api/users", wish.clone()).await.expect(422);
    assert_eq!(taken.reason("username").as_deref(), Some("taken"));
    wish["role"] = "administrator".into();
    let unknown = stranger.rest("POST", "/api/users", wish).await.expect(400);
    assert_eq!(unknown.reason("role").as_deref(), Some("unknown"));
    let form = [("login", "dora".to_owned()), ("password", "a long password".to_owned())];
    stranger.post("sign_in", &form).await.expect(200);

    let closed = TestApp::start_with(&["--registration", "closed"]).await;
    let wish =
        json!({"username": "eve", "name": "Eve", "email": "eve@example.org", "password": "a long password"});
    let refused = closed.anonymous().rest("POST", "/api/users", wish).await.expect(422);
    assert_eq!(refused.reason("").as_deref(), Some("registration_closed"));
}

#[tokio::test]
async fn a_channel_is_made_found_entered_and_left() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let wish = json!({"name": "Garden talk", "topic": "What grows", "password": "open sesame"});
        let made = ana.rest("POST", "/api/channels", wish).await.expect(201);
        let id = made.json()["id"].to_string();
        assert_eq!(made.location(), format!("/api/rooms/{id}"));
        assert_eq!((&made.json()["slug"], &made.json()["role"]), (&"garden-talk".into(), &"owner".into()));

        let card = bea.fetch("/api/channels/garden-talk").await;
        assert_eq!(
            (&card["access"], &card["joined"], &card["member_count"]),
            (&"password".into(), &false.into(), &1.into())
        );
        assert_eq!(bea.fetch("/api/channels").await["items"][0], card);
        let me = "/api/rooms/garden-talk/members/me";
        bea.rest("GET", "/api/rooms/garden-talk", Value::Null).await.expect(404);
        let shut = bea.rest("PUT", me, Value::Null).await.expect(422);
        assert_eq!(shut.reason("password").as_deref(), Some("missing"));
        let wrong = bea.rest("PUT", me, json!({"password": "open barley"})).await.expect(422);
        assert_eq!(wrong.reason("password").as_deref(), Some("wrong_password"));
        let place = bea.rest("PUT", me, json!({"password": "open sesame"})).await.expect(200).json();
        assert_eq!((&place["user"], &place["joined"]), (&bea.id().await, &true.into()));
        bea.rest("PUT", me, Value::Null).await.expect(200);
        assert_eq!(bea.fetch(&format!("/api/channels/{id}")).await["joined"], true);

        let members = ana.fetch(&format!("/api/rooms/{id}/members?limit=1")).await;
        assert_eq!(
            (&members["items"][0]["user"], &members["people"][0]["username"]),
            (&ana.id().await, &"ana".into())
        );
        assert_eq!(members["people"].as_array().unwrap().len(), 1);
        let members = ana.fetch(members["next"].as_str().unwrap()).await;
        assert_eq!((&members["items"][0]["user"], members.get("next")), (&bea.id().await, None));

        bea.rest("DELETE", me, Value::Null).await.expect(204);
        bea.rest("DELETE", me, Value::Null).await.expect(404);
        let rooms = bea.fetch("/api/rooms").await;
        assert_eq!(rooms["items"].as_array().unwrap().len(), 1, "{rooms}");
    }
}

#[tokio::test]
async fn a_private_channel_is_known_to_its_members_only() {
    let app = TestApp::start().await;
    let (ana, bea, eve) = (app.user("ana").await, app.user("bea").await, app.user("eve").await);
    let wish = json!({"name": "Surprise", "private": true});
    let made = ana.rest("POST", "/api/channels", wish.clone()).await.expect(201).json();
    let id = made["id"].to_string();
    assert_eq!((&made["slug"], &made["access"]), (&Value::Null, &"private".into()));
    // Its name is free for others: that it is taken would tell of it.
    eve.rest("POST", "/api/channels", wish).await.expect(201);
    let both = json!({"name": "Surprise", "private": true, "password": "a password"});
    eve.rest("POST", "/api/channels", both).await.expect(422);

    introduce(&ana, &bea).await;
    ana.rest("PUT", &format!("/api/rooms/{id}/members/bea"), Value::Null).await.expect(200);
    assert_eq!(bea.fetch(&format!("/api/rooms/{id}")).await["name"], "Surprise");
    ana.get(&format!("/rooms/{id}")).await.expect(200);
    assert!(!eve.get("/api/channels").await.text.contains("Surprise"));
    must_seem_missing(&eve, &id).await;
    bea.rest("DELETE", &format!("/api/rooms/{id}/members/me"), Value::Null).await.expect(204);
    must_seem_missing(&bea, &id).await;
}

/// Every address of the room answers as that of a room that does not exist.
pub async fn must_seem_missing(client: &Client, id: &str) {
    let text = json!({"text": "knock", "cid": uuid::Uuid::now_v7().to_string()});
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("GET", "/members", Value::Null),
        ("GET", "/invitations", Value::Null),
        ("PUT", "/members/me", Value::Null),
        ("DELETE", "/members/me", Value::Null),
        ("PUT", "/members/bea", Value::Null),
        ("DELETE", "/members/bea", Value::Null),
        ("GET", "/messages", Value::Null),
        ("GET", "/messages?after=1", Value::Null),
        ("GET", "/messages/1", Value::Null),
        ("POST", "/messages", text),
        ("GET", "/marks", Value::Null),
        ("PUT", "/marks", json!({"read_seq": 1})),
        ("POST", "/typing", json!({"on": true})),
    ] {
        let hidden = client.rest(method, &format!("/api/rooms/{id}{rest}"), body.clone()).await.expect(404);
        let missing = client.rest(method, &format!("/api/rooms/999999{rest}"), body).await.expect(404);
        assert_eq!(hidden.text, missing.text, "{method} {rest}");
    }
    let hidden = client.get(&format!("/api/channels/{id}")).await.expect(404);
    assert_eq!(hidden.text, client.get("/api/channels/999999").await.expect(404).text);
}

#[tokio::test]
async fn a_direct_room_is_opened_once() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = ana.rest("PUT", "/api/direct/bea", Value::Null).await.expect(200).json();
    assert_eq!((&room["kind"], &room["partner"]), (&"direct".into(), &bea.id().await));
    let same = bea.rest("PUT", "/api/direct/ANA", Value::Null).await.expect(200).json();
    assert_eq!((&same["id"], &same["partner"], &same["name"]), (&room["id"], &ana.id().await, &"".into()));
    ana.rest("PUT", "/api/direct/ana", Value::Null).await.expect(404);
    ana.rest("PUT", "/api/direct/nobody", Value::Null).await.expect(404);
    let place = format!("/api/rooms/{}/members", room["id"]);
    ana.rest("DELETE", &format!("{place}/me"), Value::Null).await.expect(403);
    app.user("eve").await;
    ana.rest("PUT", &format!("{place}/eve"), Value::Null).await.expect(403);
    ana.rest("DELETE", &format!("{place}/bea"), Value::Null).await.expect(403);
}

#[tokio::test]
async fn a_browser_chooses_its_language_and_theme() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let path = "/api/me/preferences";
    ana.rest("PATCH", path, json!({"language": "pt-BR", "theme": "dark"})).await.expect(204);
    assert!(ana.get("/settings").await.expect(200).text.contains(r#"lang="pt-BR""#));
    let refused = ana.rest("PATCH", path, json!({"theme": "pink"})).await.expect(422);
    assert_eq!(refused.reason("theme").as_deref(), Some("unknown"));
}
