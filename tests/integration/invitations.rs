//! Who does not know the inviter is asked first, and knows nothing of the room until the answer is yes.

use papo::model::{LiveEvent, LiveState, page::Overview};
use serde_json::{Value, json};

use crate::{
    rest::rooms::must_seem_missing,
    support::{Answer, Client, Cluster, LiveClient, TestApp, introduce},
};

/// The answer to making a group of these people.
async fn group(maker: &Client, name: &str, members: &[&str]) -> Value {
    let wish = json!({ "name": name, "members": members });
    maker.rest("POST", "/api/groups", wish).await.expect(201).json()
}

fn usernames(users: &Value) -> Vec<&str> {
    users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

/// The rooms that the client is asked to enter, the latest first.
async fn asked(client: &Client) -> Vec<i64> {
    let page = client.fetch("/api/invitations").await;
    page["items"].as_array().unwrap().iter().map(|item| item["room"].as_i64().unwrap()).collect()
}

/// Whom the room's members see as invited.
async fn invited(member: &Client, room: &Value) -> Value {
    member.fetch(&format!("/api/rooms/{room}/invitations")).await["items"].clone()
}

async fn answer(client: &Client, method: &str, path: &str) -> Answer {
    client.rest(method, path, Value::Null).await
}

async fn listening(client: &Client) -> LiveClient {
    let mut live = client.live().await;
    live.until("hello").await;
    live.so_far().await;
    live
}

async fn overview(client: &Client) -> Overview {
    serde_json::from_str(&client.read("overview", &[]).await.expect(200).text).unwrap()
}

#[tokio::test]
async fn a_stranger_is_asked_and_knows_nothing_of_the_room_before_the_answer() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        // Bea comes last: the general room's last line names her.
        let (ana, carol, bea) = (app.user("ana").await, app.user("carol").await, app.user("bea").await);
        introduce(&ana, &carol).await;
        let mut heard = listening(&bea).await;
        let made = group(&ana, "Trip", &["bea", "carol"]).await;
        assert_eq!((usernames(&made["entered"]), usernames(&made["invited"])), (vec!["carol"], vec!["bea"]));
        let (id, room) = (made["id"].as_i64().unwrap(), &made["id"]);
        ana.say(id, "a secret").await.expect(200);

        let told = heard.so_far().await;
        let told: Vec<&Value> = told.iter().filter(|event| event["room"] == *room).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        let mut told = told[0].clone();
        assert_eq!(told.as_object_mut().unwrap().remove("type"), Some(json!("invited")));
        assert_eq!(
            (&told["name"], &told["member_count"], heard.who(&told["inviter"])),
            (&json!("Trip"), &json!(2), "ana")
        );
        assert_eq!(bea.fetch("/api/invitations").await["items"], json!([told]));

        must_seem_missing(&bea, &room.to_string()).await;
        let synced = heard.sync("", json!({ room.to_string(): 0 })).await;
        assert!(synced.iter().all(|event| event["type"] != "synced" && event["room"] != *room), "{synced:?}");
        let whole = synced.iter().find(|event| event["type"] == "invitations").unwrap();
        assert_eq!(whole["invitations"], json!([told]));
        for path in [
            format!("/rooms/{room}"),
            format!("/fn/room?address={room}"),
            format!("/fn/history?room={room}&before=9"),
        ] {
            assert!(!bea.get(&path).await.expect(404).text.contains("secret"), "{path}");
        }
        for path in ["/", "/api/rooms", "/api/chat/conversations/", "/fn/overview", "/chat/conversas"] {
            let page = bea.get(path).await.expect(200).text;
            // This list names everybody in `general`.
            let hidden = if path == "/api/chat/conversations/" { "Trip" } else { "carol" };
            assert!(!page.contains("secret") && !page.contains(hidden), "{path}: {page}");
        }

        assert_eq!(usernames(&invited(&carol, room).await), ["bea"]);
        assert_eq!(carol.open(&room.to_string()).await["invited"], json!([bea.id().await]));
        let place = answer(&bea, "POST", &format!("/api/invitations/{room}/accept")).await.expect(200).json();
        assert_eq!(
            (&place["room"], &place["joined"], &place["role"]),
            (room, &json!(true), &json!("member"))
        );
        let history = bea.fetch(&format!("/api/rooms/{room}/messages")).await;
        let told = |line: &Value| [&line["notice"], &line["from"], &line["text"]].map(Value::clone);
        let lines: Vec<_> = history["items"].as_array().unwrap().iter().map(told).collect();
        let (ana_id, bea_id) = (ana.id().await, bea.id().await);
        let expected = json!([["created", ana_id, ""], [null, ana_id, "a secret"], ["joined", bea_id, ""]]);
        assert_eq!(json!(lines), expected);
        assert_eq!((invited(&ana, room).await, asked(&bea).await.len()), (json!([]), 0));
        answer(&bea, "POST", &format!("/api/invitations/{room}/accept")).await.expect(404);
        // Now they know each other.
        assert_eq!(usernames(&group(&ana, "Next", &["bea"]).await["entered"]), ["bea"]);
    }
}

#[tokio::test]
async fn who_is_taken_in_by_an_acquaintance_is_asked_no_more() {
    let app = TestApp::start().await;
    let (ana, bea, carol) = (app.user("ana").await, app.user("bea").await, app.user("carol").await);
    introduce(&ana, &carol).await;
    introduce(&bea, &carol).await;
    let room = group(&ana, "Trip", &["bea", "carol"]).await["id"].clone();
    let mut heard = listening(&bea).await;
    answer(&carol, "PUT", &format!("/api/rooms/{room}/members/bea")).await.expect(200);
    assert_eq!(heard.until("uninvited").await["room"], room);
    assert_eq!((asked(&bea).await, invited(&ana, &room).await), (Vec::new(), json!([])));
}

#[tokio::test]
async fn an_unnamed_group_does_not_tell_its_members_names() {
    let app = TestApp::start().await;
    let (ana, bea, carol) = (app.user("ana").await, app.user("bea").await, app.user("carol").await);
    introduce(&ana, &carol).await;
    group(&ana, "", &["bea", "carol"]).await;
    let open = bea.fetch("/api/invitations").await;
    assert_eq!((&open["items"][0]["name"], &open["items"][0]["member_count"]), (&json!(""), &json!(2)));
    assert!(!open.to_string().contains("carol"));
}

#[tokio::test]
async fn a_private_channel_asks_and_its_answer_says_so() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let wish = json!({ "name": "Surprise", "private": true });
        let room = ana.rest("POST", "/api/channels", wish).await.expect(201).json()["id"].clone();
        let place = format!("/api/rooms/{room}/members/bea");
        let asked_first = answer(&ana, "PUT", &place).await.expect(202).json();
        assert_eq!((&asked_first["room"], &asked_first["invited"]["username"]), (&room, &json!("bea")));
        answer(&ana, "PUT", &place).await.expect(202);
        assert_eq!(asked(&bea).await.len(), 1, "asking again changes nothing");
        must_seem_missing(&bea, &room.to_string()).await;
        introduce(&ana, &bea).await;
        answer(&ana, "PUT", &place).await.expect(200);
        assert_eq!((asked(&bea).await.len(), invited(&ana, &room).await), (0, json!([])));
    }
}

#[tokio::test]
async fn who_declines_may_be_asked_again() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let room = group(&ana, "Trip", &["bea"]).await["id"].clone();
        let mut heard = listening(&bea).await;
        let one = format!("/api/invitations/{room}");
        answer(&ana, "DELETE", &one).await.expect(404);
        answer(&bea, "DELETE", &one).await.expect(204);
        assert_eq!(heard.until("uninvited").await["room"], room);
        answer(&bea, "DELETE", &one).await.expect(404);
        answer(&bea, "POST", &format!("{one}/accept")).await.expect(404);
        assert_eq!((asked(&bea).await.len(), invited(&ana, &room).await), (0, json!([])));
        answer(&ana, "PUT", &format!("/api/rooms/{room}/members/bea")).await.expect(202);
        assert_eq!(heard.until("invited").await["room"], room);
    }
}

/// Everything that the inviter sees of a blocker is what is seen of somebody who has not answered.
#[tokio::test]
async fn a_block_drops_invitations_and_is_not_told() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, dora) = (app.user("ana").await, app.user("bea").await, app.user("dora").await);
        let first = group(&ana, "First", &["bea", "dora"]).await["id"].clone();
        let second = group(&ana, "Second", &["bea", "dora"]).await["id"].clone();
        let mut heard = listening(&bea).await;
        answer(&bea, "PUT", "/api/blocks/ana").await.expect(204);
        let gone =
            [heard.until("uninvited").await["room"].clone(), heard.until("uninvited").await["room"].clone()];
        assert!(gone.contains(&first) && gone.contains(&second));
        assert_eq!(asked(&bea).await.len(), 0);
        answer(&bea, "POST", &format!("/api/invitations/{first}/accept")).await.expect(404);

        let third = group(&ana, "Third", &["bea", "dora"]).await;
        assert_eq!(usernames(&third["invited"]), ["bea", "dora"]);
        for room in [&first, &second, &third["id"]] {
            assert_eq!(usernames(&invited(&ana, room).await), ["bea", "dora"]);
            for who in ["bea", "dora"] {
                answer(&ana, "PUT", &format!("/api/rooms/{room}/members/{who}")).await.expect(202);
            }
        }
        assert!(heard.so_far().await.iter().all(|event| event["type"] != "invited"));
        assert_eq!((asked(&bea).await.len(), asked(&dora).await.len()), (0, 3));
        for who in ["bea", "dora"] {
            let place = format!("/api/rooms/{first}/members/{who}");
            answer(&ana, "DELETE", &place).await.expect(204);
            answer(&ana, "DELETE", &place).await.expect(404);
        }
        assert!(heard.so_far().await.iter().all(|event| event["room"] != first), "she never knew");

        assert_eq!(usernames(&bea.fetch("/api/blocks").await["items"]), ["ana"]);
        answer(&bea, "DELETE", "/api/blocks/ana").await.expect(204);
        answer(&bea, "DELETE", "/api/blocks/ana").await.expect(404);
        assert_eq!(asked(&bea).await.len(), 0, "what was dropped does not come back");
        answer(&ana, "PUT", &format!("/api/rooms/{second}/members/bea")).await.expect(202);
        assert_eq!(asked(&bea).await, [second.as_i64().unwrap()]);
    }
}

#[tokio::test]
async fn who_is_blocked_takes_no_acquaintance_in() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    introduce(&ana, &bea).await;
    answer(&bea, "PUT", "/api/blocks/ANA").await.expect(204);
    let made = group(&ana, "Trip", &["bea"]).await;
    assert_eq!((usernames(&made["invited"]), asked(&bea).await.len()), (vec!["bea"], 0));
    answer(&bea, "PUT", "/api/blocks/bea").await.expect(404);
    answer(&bea, "PUT", "/api/blocks/nobody").await.expect(404);
}

#[tokio::test]
async fn an_invitation_ends_with_its_reason() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, carol) = (app.user("ana").await, app.user("bea").await, app.user("carol").await);
        let eve = app.user("eve").await;
        introduce(&ana, &carol).await;
        let room = group(&ana, "Trip", &["carol", "bea"]).await["id"].clone();
        let place = |who: &str| format!("/api/rooms/{room}/members/{who}");
        let mut heard = listening(&bea).await;
        answer(&carol, "DELETE", &place("bea")).await.expect(403);
        answer(&eve, "DELETE", &place("bea")).await.expect(404);
        answer(&ana, "DELETE", &place("bea")).await.expect(204);
        assert_eq!(
            (heard.until("uninvited").await["room"].clone(), asked(&bea).await.len()),
            (room.clone(), 0)
        );

        // Carol's own invitation ends when she takes it back, and when she is taken out.
        for ending in ["bea", "carol"] {
            answer(&carol, "PUT", &place("bea")).await.expect(202);
            assert_eq!(heard.until("invited").await["inviter"], carol.id().await);
            let by = if ending == "bea" { &carol } else { &ana };
            answer(by, "DELETE", &place(ending)).await.expect(204);
            assert_eq!(
                (heard.until("uninvited").await["room"].clone(), asked(&bea).await.len()),
                (room.clone(), 0)
            );
        }
        answer(&ana, "PUT", &place("bea")).await.expect(202);
        app.papo(&["user", "disable", "ana"]).await;
        assert_eq!(asked(&bea).await.len(), 0, "of a disabled inviter");
        answer(&bea, "POST", &format!("/api/invitations/{room}/accept")).await.expect(404);
    }
}

#[tokio::test]
async fn accepting_leaves_tabs_as_a_fresh_fetch_would() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let mut tabs = Vec::new();
        for client in [&ana, &bea] {
            let live = listening(client).await;
            tabs.push((client, live, LiveState::new(overview(client).await)));
        }
        let mut rooms = Vec::new();
        for name in ["One", "Two", "Three"] {
            rooms.push(group(&ana, name, &["bea"]).await["id"].clone());
        }
        let steps = [("POST", format!("{}/accept", rooms[0])), ("DELETE", rooms[1].to_string())];
        for (method, step) in [("GET", String::new())].into_iter().chain(steps) {
            answer(&bea, method, format!("/api/invitations/{step}").trim_end_matches('/')).await;
            for (client, live, state) in &mut tabs {
                let mut needs = Vec::new();
                for event in live.so_far().await {
                    needs.extend(state.apply(serde_json::from_value::<LiveEvent>(event).unwrap()));
                }
                if !needs.is_empty() {
                    for event in live.sync(&state.epoch.clone(), json!({})).await {
                        state.apply(serde_json::from_value::<LiveEvent>(event).unwrap());
                    }
                }
                let fresh = LiveState::new(overview(client).await);
                assert_eq!(state.rooms, fresh.rooms, "rooms after {method} {step}");
                assert_eq!(state.invitations.open(), fresh.invitations.open(), "after {method} {step}");
            }
        }
        assert_eq!(asked(&bea).await, [rooms[2].as_i64().unwrap()]);
    }
}

#[tokio::test]
async fn the_page_shows_invitations_and_its_plain_forms_answer_them() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    assert!(!bea.get("/").await.expect(200).text.contains("invitations-title"));
    let mut rooms = Vec::new();
    for name in ["One", "Two", "Three"] {
        rooms.push(group(&ana, name, &["bea"]).await["id"].to_string());
    }
    let page = bea.get("/").await.expect(200).text;
    for shown in [
        "invitations-title",
        "One",
        "3 invitations",
        "/fn/accept_invitation",
        "/fn/decline_invitation",
        "/fn/block_person",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let accepted = bea.submit("/", "accept_invitation", &[("room", rooms[0].clone())]).await.expect(303);
    assert_eq!(accepted.location(), format!("/rooms/{}", rooms[0]));
    bea.get(accepted.location()).await.expect(200);
    bea.submit("/", "decline_invitation", &[("room", rooms[1].clone())]).await.expect(303);
    bea.submit("/", "decline_invitation", &[("room", rooms[1].clone())]).await.expect(404);
    let ana_id = ana.fetch("/api/me").await["id"].to_string();
    bea.submit("/", "block_person", &[("user", ana_id.clone())]).await.expect(303);
    assert!(!bea.get("/").await.expect(200).text.contains("invitations-title"));
    assert!(bea.get("/settings").await.expect(200).text.contains("/fn/unblock_person"));
    bea.submit("/settings", "unblock_person", &[("user", ana_id)]).await.expect(303);
    assert!(!bea.get("/settings").await.expect(200).text.contains("/fn/unblock_person"));
}

#[tokio::test]
async fn another_node_tells_of_an_invitation() {
    let (_cluster, one, other) = Cluster::with_two_nodes().await;
    let ana = one.user("ana").await;
    let bea = one.user("bea").await.at(&other.origin);
    let mut heard = listening(&bea).await;
    let room = group(&ana, "Trip", &["bea"]).await["id"].clone();
    assert_eq!(heard.until("invited").await["room"], room);
    answer(&bea, "POST", &format!("/api/invitations/{room}/accept")).await.expect(200);
    assert_eq!(heard.until("uninvited").await["room"], room);
}
