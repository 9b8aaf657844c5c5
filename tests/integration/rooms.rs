//! Making, finding, entering and leaving rooms.

use crate::support::{Client, TestApp};

async fn create(client: &Client, name: &str, password: &str) -> i64 {
    let form = [("name", name.to_owned()), ("topic", "about".to_owned()), ("password", password.to_owned())];
    let made = client.submit("/rooms/new", "create_room", &form).await.expect(303);
    let address = made.location().strip_prefix("/rooms/").unwrap().to_owned();
    client.open(&address).await["room"]["id"].as_i64().unwrap()
}

fn join(room: i64, password: &str) -> [(&'static str, String); 2] {
    [("room", room.to_string()), ("password", password.to_owned())]
}

#[tokio::test]
async fn everyone_finds_a_channel_in_the_directory() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    create(&ana, "Zebra talk", "").await;
    let channels = bea.read("directory", &[]).await.expect(200).json()["channels"].clone();
    let names: Vec<_> = channels.as_array().unwrap().iter().map(|card| card["name"].clone()).collect();
    assert_eq!(names, ["general", "Zebra talk"]);
    assert_eq!(channels[1]["joined"], false);
    assert_eq!(channels[1]["member_count"], 1);
}

#[tokio::test]
async fn a_name_is_taken_once_and_follows_rules() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (name, reason) in [("General", "taken"), ("", "missing"), ("***", "malformed")] {
        let answer = ana.post("create_room", &[("name", name.into())]).await.expect(422);
        assert_eq!(answer.reason("name").as_deref(), Some(reason), "{name:?}");
    }
    let long = ana.post("create_room", &[("name", "x1".into()), ("password", "x".repeat(129))]).await;
    assert_eq!(long.expect(422).reason("password").as_deref(), Some("too_long"));
}

#[tokio::test]
async fn a_room_with_a_password_opens_to_it_alone() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = create(&ana, "Secrets", "open sesame").await;

    let door = bea.read("room", &[("address", "secrets")]).await.expect(200);
    assert_eq!(door.json()["door"]["access"], "password");
    assert!(!door.text.contains("argon2"));
    bea.say(room, "hello").await.expect(404);
    let wrong = bea.post("join_room", &join(room, "open barley")).await.expect(422);
    assert_eq!(wrong.reason("password").as_deref(), Some("wrong_password"));
    bea.post("join_room", &join(room, "")).await.expect(422);

    bea.post("join_room", &join(room, "open sesame")).await.expect(200);
    bea.say(room, "hello").await.expect(200);
    bea.post("join_room", &join(room, "")).await.expect(200);
}

#[tokio::test]
async fn everyone_in_the_room_sees_who_joined_and_left() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = create(&ana, "Garden", "").await;
    let mut live = ana.live().await;
    live.until("hello").await;

    bea.post("join_room", &join(room, "")).await.expect(200);
    let member = live.until("member").await;
    assert_eq!((&member["joined"], live.who(&member["user"])), (&true.into(), "bea"));
    let line = live.until("message").await;
    assert_eq!(
        (&line["notice"], live.who(&line["from"]), &line["text"]),
        (&"joined".into(), "bea", &"".into())
    );
    assert!(line["by"].is_null(), "she came by herself");

    bea.post("leave_room", &[("room", room.to_string())]).await.expect(200);
    assert_eq!(live.until("member").await["joined"], false);
    assert_eq!(live.until("message").await["notice"], "left");
    bea.post("leave_room", &[("room", room.to_string())]).await.expect(404);
}

#[tokio::test]
async fn comings_and_goings_do_not_crowd_out_what_was_said() {
    let app = TestApp::start_with(&["--limits", "off"]).await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = create(&ana, "Station", "").await;
    for number in 0..30 {
        ana.say(room, &format!("said {number}")).await.expect(200);
    }
    for _ in 0..35 {
        bea.post("join_room", &join(room, "")).await.expect(200);
        bea.post("leave_room", &[("room", room.to_string())]).await.expect(200);
    }
    let page = &ana.open("station").await["history"];
    let messages = page["messages"].as_array().unwrap();
    let said = messages.iter().filter(|message| message["notice"].is_null()).count();
    assert_eq!((said, messages.len()), (30, 101), "all of it, with ana's own coming");
    assert_eq!(page["has_older"], false);
}

#[tokio::test]
async fn only_members_are_told_who_is_in_a_room() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = create(&ana, "Garden", "").await.to_string();
    let all = [("room", room.as_str()), ("after", "0")];
    bea.read("members", &all).await.expect(404);
    app.anonymous().read("members", &all).await.expect(401);
    let members = ana.read("members", &all).await.expect(200).json();
    assert_eq!(members["members"].as_array().unwrap().len(), 1);
    let last = members["members"][0]["user"].to_string();
    let rest = ana.read("members", &[("room", &room), ("after", &last)]).await.expect(200).json();
    assert_eq!(rest["members"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn who_left_hears_nothing_more() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let room = create(&ana, "Garden", "").await;
    bea.post("join_room", &join(room, "")).await.expect(200);
    let mut live = bea.live().await;
    live.until("hello").await;
    bea.post("leave_room", &[("room", room.to_string())]).await.expect(200);
    assert_eq!(live.until("member").await["joined"], false);

    ana.say(room, "she is gone").await.expect(200);
    let later = live.so_far().await;
    assert!(later.iter().all(|event| event["room"] != room), "{later:?}");
    let events = live.sync("", serde_json::json!({ room.to_string(): 1 })).await;
    assert!(events.iter().all(|event| event["room"] != room), "{events:?}");
    let history = [("room", room.to_string()), ("before", "99".to_owned())];
    let history = history.each_ref().map(|(name, value)| (*name, value.as_str()));
    bea.read("history", &history).await.expect(404);
}

#[tokio::test]
async fn a_direct_room_is_as_good_as_missing_to_others() {
    let app = TestApp::start().await;
    let (ana, _bea, eve) = (app.user("ana").await, app.user("bea").await, app.user("eve").await);
    let form = [
        ("cid", uuid::Uuid::now_v7().to_string()),
        ("to", "bea".to_owned()),
        ("text", "between us".to_owned()),
    ];
    ana.submit("/dm/bea", "post_message", &form).await.expect(303);
    let direct = ana.read("direct", &[("username", "bea")]).await.expect(200).json();
    let room = direct["open"]["room"]["id"].as_i64().unwrap();

    let foreign = eve.read("room", &[("address", &room.to_string())]).await.expect(404);
    let missing = eve.read("room", &[("address", "999999")]).await.expect(404);
    assert_eq!(foreign.text, missing.text);
    eve.say(room, "knock").await.expect(404);
    eve.post("join_room", &join(room, "")).await.expect(404);
    ana.post("leave_room", &[("room", room.to_string())]).await.expect(403);
}

#[tokio::test]
async fn two_people_have_one_direct_room() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let to = |name: &str| {
        vec![("cid", uuid::Uuid::now_v7().to_string()), ("to", name.to_owned()), ("text", "hi".to_owned())]
    };
    let (to_bea, to_ana) = (to("bea"), to("ana"));
    let (one, other) = tokio::join!(ana.post("post_message", &to_bea), bea.post("post_message", &to_ana));
    one.expect(200);
    other.expect(200);
    let room = async |client: &Client, name: &str| {
        let page = client.read("direct", &[("username", name)]).await.expect(200).json();
        (page["open"]["room"]["id"].clone(), page["open"]["history"]["messages"].as_array().unwrap().len())
    };
    assert_eq!(room(&ana, "bea").await, room(&bea, "ana").await);
    assert_eq!(room(&ana, "bea").await.1, 2);
    ana.post("post_message", &to("ana")).await.expect(404);
    ana.post("post_message", &to("nobody")).await.expect(404);
}

#[tokio::test]
async fn people_are_found_without_accents_and_case() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut form = crate::support::registration("joao");
    form.retain(|(name, _)| *name != "name");
    form.push(("name", "João Ávila".to_owned()));
    app.anonymous().post("register", &form).await.expect(200);
    let found = async |query: &str| {
        let people = ana.read("find_people", &[("query", query)]).await.expect(200).json();
        people.as_array().unwrap().iter().map(|user| user["username"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("avila").await, ["joao"]);
    assert_eq!(found("JOÃ").await, ["joao"]);
    assert!(found("a").await.is_empty(), "one character is too few");
    assert!(found("ana").await.is_empty(), "not oneself");
    assert!(found("%%").await.is_empty(), "no wildcards");
}

#[tokio::test]
async fn a_room_with_an_accented_name_has_an_address() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let made = ana.submit("/rooms/new", "create_room", &[("name", "Café".to_owned())]).await.expect(303);
    assert_eq!(made.location(), "/rooms/caf%C3%A9");
    let page = ana.get(made.location()).await.expect(200);
    assert!(page.text.contains("<h1 dir=\"auto\">Café"));
}
