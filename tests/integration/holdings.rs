//! How much one account may hold: no more with many requests at once, on both engines.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, introduce, new_database};

/// Servers on both engines with these limits.
async fn apps(limits: &str) -> [TestApp; 2] {
    let database = new_database().await;
    [
        TestApp::start_with(&["--limits", limits]).await,
        TestApp::start_with(&["--limits", limits, "--database-url", &database]).await,
    ]
}

/// How many succeeded; all others were refused since `limit` is reached.
fn passed(answers: Vec<Answer>, limit: &str) -> usize {
    let (passed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 300);
    for answer in &refused {
        assert_eq!((answer.status, answer.reason(limit).as_deref()), (422, Some("full")), "{}", answer.text);
    }
    passed.len()
}

async fn ask(client: &Client, method: &str, path: String, body: Value) -> Answer {
    client.rest(method, &path, body).await
}

async fn private_channel(maker: &Client, name: &str) -> String {
    let wish = json!({ "name": name, "private": true });
    maker.rest("POST", "/api/channels", wish).await.expect(201).json()["id"].to_string()
}

#[tokio::test]
async fn rooms_made_are_limited_of_all_kinds_together() {
    for limit in ["rooms_per_owner", "rooms_per_day"] {
        for app in apps(&format!("{limit}=4")).await {
            let (ana, bea) = (app.user("ana").await, app.user("bea").await);
            introduce(&ana, &bea).await;
            let make = |n: usize| match n % 3 {
                0 => ask(&ana, "POST", "/api/groups".into(), json!({ "members": ["bea"] })),
                1 => ask(&ana, "POST", "/api/channels".into(), json!({ "name": format!("Room {n}") })),
                _ => ask(&ana, "POST", "/api/channels".into(), json!({ "name": "Quiet", "private": true })),
            };
            assert_eq!(passed(join_all((0..12).map(make)).await, limit), 4);
            // By the other doors, and not for others.
            let refused = ana.post("create_room", &[("name", "One more".into())]).await.expect(422);
            assert_eq!(refused.reason(limit).as_deref(), Some("full"));
            let wish = json!({ "participants": ["bea"], "is_group": true });
            ana.rest("POST", "/api/chat/conversations/", wish).await.expect(400);
            bea.post("create_room", &[("name", "One more".into())]).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_group_that_everybody_has_left_makes_room_for_another() {
    let app = TestApp::start_with(&["--limits", "rooms_per_owner=1"]).await;
    let ana = app.user("ana").await;
    let room = private_channel(&ana, "First").await;
    let wish = json!({ "name": "Second", "private": true });
    ana.rest("POST", "/api/channels", wish).await.expect(422);
    ana.rest("DELETE", &format!("/api/rooms/{room}/members/me"), Value::Null).await.expect(204);
    private_channel(&ana, "Second").await;
}

#[tokio::test]
async fn administrators_make_as_many_as_they_want() {
    let app = TestApp::start_with(&["--limits", "rooms_per_owner=1,rooms_per_day=1"]).await;
    let ana = app.user("ana").await;
    app.papo(&["user", "role", "ana", "administrator"]).await;
    for name in ["One", "Two", "Three"] {
        private_channel(&ana, name).await;
    }
}

#[tokio::test]
async fn rooms_that_one_is_in_are_limited() {
    // The general room is one of them.
    for app in apps("rooms_per_user=4").await {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let mut rooms = Vec::new();
        for maker in ["ina", "ute", "uwe"] {
            let maker = app.user(maker).await;
            for n in 0..3 {
                let wish = json!({ "name": format!("{} {n}", maker.username().await) });
                rooms.push(
                    maker.rest("POST", "/api/channels", wish).await.expect(201).json()["id"].to_string(),
                );
            }
        }
        let join = |room: &String| ask(&ana, "PUT", format!("/api/rooms/{room}/members/me"), Value::Null);
        assert_eq!(passed(join_all(rooms.iter().map(join)).await, "rooms_per_user"), 3);
        // Who knows the inviter is asked, since there is no place; and there is none for a yes.
        introduce(&ana, &bea).await;
        let made = bea.rest("POST", "/api/groups", json!({ "members": ["ana"] })).await.expect(201).json();
        assert_eq!(made["invited"][0]["username"], "ana");
        let accept = format!("/api/invitations/{}/accept", made["id"]);
        let refused = ana.rest("POST", &accept, Value::Null).await.expect(422);
        assert_eq!(refused.reason("rooms_per_user").as_deref(), Some("full"));
        let left = ana.fetch("/api/rooms").await["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|room| room["kind"] == "channel" && room["slug"] != "general")
            .unwrap()["id"]
            .to_string();
        ana.rest("DELETE", &format!("/api/rooms/{left}/members/me"), Value::Null).await.expect(204);
        ana.rest("POST", &accept, Value::Null).await.expect(200);
    }
}

#[tokio::test]
async fn open_invitations_of_one_account_are_limited() {
    for app in apps("invitations_per_inviter=5,invitations_per_pair=2").await {
        let ana = app.user("ana").await;
        let mut rooms = Vec::new();
        for name in ["One", "Two", "Three"] {
            rooms.push(private_channel(&ana, name).await);
        }
        for name in ["bea", "carol", "dora", "eva", "fay", "gil"] {
            app.user(name).await;
        }
        let invite = |(room, who): (&String, &str)| {
            ask(&ana, "PUT", format!("/api/rooms/{room}/members/{who}"), Value::Null)
        };
        let to_one = rooms.iter().map(|room| (room, "bea"));
        assert_eq!(passed(join_all(to_one.map(invite)).await, "invitations_per_pair"), 2);
        let to_many = ["carol", "dora", "eva", "fay", "gil"].map(|who| (&rooms[0], who));
        assert_eq!(passed(join_all(to_many.map(invite)).await, "invitations_per_inviter"), 3);
        let wish = json!({ "members": ["gil"] });
        let refused = ana.rest("POST", "/api/groups", wish).await.expect(422);
        assert_eq!(refused.reason("invitations_per_inviter").as_deref(), Some("full"));
    }
}

/// What does not fit reaches nobody, and its inviters cannot tell.
#[tokio::test]
async fn one_person_is_asked_by_so_many_at_a_time() {
    for app in apps("invitations_per_user=3").await {
        let bea = app.user("bea").await;
        let mut strangers = Vec::new();
        for n in 0..6 {
            strangers.push(app.user(&format!("stranger{n}")).await);
        }
        let wish = json!({ "name": "Join us", "members": ["bea"] });
        let made = strangers.iter().map(|stranger| ask(stranger, "POST", "/api/groups".into(), wish.clone()));
        for answer in join_all(made).await {
            assert_eq!(answer.expect(201).json()["invited"][0]["username"], "bea");
        }
        assert_eq!(bea.fetch("/api/invitations").await["items"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn conversations_begun_in_vain_are_limited() {
    for app in apps("directs_per_day=3").await {
        let ana = app.user("ana").await;
        let names: Vec<String> = (0..8).map(|n| format!("person{n}")).collect();
        let mut people = Vec::new();
        for name in &names {
            people.push(app.user(name).await);
        }
        let begin = |name: &String| ask(&ana, "PUT", format!("/api/direct/{name}"), Value::Null);
        assert_eq!(passed(join_all(names.iter().map(begin)).await, "directs_per_day"), 3);
        let form = |to: &str| {
            let cid = uuid::Uuid::now_v7().to_string();
            [("cid", cid), ("to", to.to_owned()), ("text", "hello".to_owned())]
        };
        let rooms = ana.fetch("/api/rooms").await;
        let partners: Vec<_> =
            rooms["items"].as_array().unwrap().iter().map(|room| &room["partner"]).collect();
        let of_partner = |user: &&Value| partners.contains(&&user["id"]);
        let begun: Vec<String> = rooms["people"]
            .as_array()
            .unwrap()
            .iter()
            .filter(of_partner)
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect();
        let (first, other) = (&begun[0], names.iter().find(|name| !begun.contains(name)).unwrap());
        let refused = ana.post("post_message", &form(other)).await.expect(422);
        assert_eq!(refused.reason("directs_per_day").as_deref(), Some("full"));
        ana.post("post_message", &form(first)).await.expect(200);
        // Who is answered may begin another one, and anybody may write to ana.
        let answers = people.iter().zip(&names).find(|(_, name)| *name == first).unwrap().0;
        answers.post("post_message", &form("ana")).await.expect(200);
        ana.post("post_message", &form(other)).await.expect(200);
        let last = names.iter().rfind(|name| !begun.contains(name) && *name != other).unwrap();
        let writer = people.iter().zip(&names).find(|(_, name)| *name == last).unwrap().0;
        writer.post("post_message", &form("ana")).await.expect(200);
    }
}

#[tokio::test]
async fn tokens_and_blocks_are_limited() {
    for app in apps("tokens_per_user=2,blocks_per_user=2").await {
        let ana = app.user("ana").await;
        for name in ["bea", "carol", "dora", "eva"] {
            app.user(name).await;
        }
        let wish = json!({ "name": "bot", "scopes": ["read"] });
        let made = (0..5).map(|_| ask(&ana, "POST", "/api/tokens".into(), wish.clone()));
        assert_eq!(passed(join_all(made).await, "token"), 2);
        let block = |who| ask(&ana, "PUT", format!("/api/blocks/{who}"), Value::Null);
        let blocked = join_all(["bea", "carol", "dora", "eva"].map(block)).await;
        assert_eq!(passed(blocked, "blocks_per_user"), 2);
        let again = ana.fetch("/api/blocks").await["items"][0]["username"].as_str().unwrap().to_owned();
        ana.rest("PUT", &format!("/api/blocks/{again}"), Value::Null).await.expect(204);
    }
}
