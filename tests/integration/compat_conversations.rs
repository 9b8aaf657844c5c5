//! The conversations of origin 2, spoken as a client of Django REST Framework and Channels speaks.

use serde_json::{Value, json};

use crate::support::{Answer, Client, LiveClient, TestApp, introduce, new_database};

const ALL: &str = "/api/chat/conversations/";

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.ask(client.request("POST", path).json(&body)).await
}

/// Ana and Bea, and the id of their conversation.
async fn pair(app: &TestApp) -> (Client, Client, String) {
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let made = post(&ana, ALL, json!({"participants": ["bea"]})).await.expect(201).json();
    (ana, bea, made["id"].as_str().unwrap().to_owned())
}

fn messages(id: &str) -> String {
    format!("{ALL}{id}/messages/")
}

async fn say(client: &Client, id: &str, text: &str) -> Value {
    post(client, &messages(id), json!({"text": text})).await.expect(201).json()
}

async fn open(client: &Client, id: &str) -> LiveClient {
    let headers = [("cookie", &*client.cookies()), ("origin", &client.origin)];
    LiveClient::connect_at(&client.origin, &format!("/ws/chat/{id}/"), &headers).await.unwrap()
}

/// The status with which the WebSocket is refused.
async fn refused(app: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> u16 {
    use tokio_tungstenite::tungstenite::Error;
    match LiveClient::connect_at(&app.origin, path, headers).await.err().map(|error| *error) {
        Some(Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

fn texts(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_conversation_of_two_is_made_once_and_told_to_both() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, id) = pair(&app).await;
        let again =
            post(&bea, ALL, json!({"participants": ["ana", "bea"], "is_group": false})).await.expect(201);
        let conversation = again.json();
        assert_eq!(conversation["id"], id, "one for both");
        assert_eq!((&conversation["is_group"], &conversation["name"]), (&false.into(), &"ana".into()));
        let people: Vec<_> = conversation["participants"].as_array().unwrap().iter().collect();
        assert_eq!(people.iter().map(|one| &one["user"]["username"]).collect::<Vec<_>>(), ["ana", "bea"]);
        for uuid in [&conversation["id"], &people[0]["id"], &people[1]["id"]] {
            assert!(uuid.as_str().unwrap().parse::<uuid::Uuid>().is_ok(), "{uuid}");
        }
        assert_eq!(bea.get(&format!("{ALL}{id}/")).await.expect(200).json(), conversation);

        say(&ana, &id, "oi").await;
        let all = bea.get(ALL).await.expect(200).json();
        assert_eq!((&all["count"], &all["next"], &all["previous"]), (&2.into(), &Value::Null, &Value::Null));
        assert_eq!(all["results"][0], conversation, "the one with the latest message first");
        assert_eq!(all["results"][1]["is_group"], true, "a channel is a group");
    }
}

#[tokio::test]
async fn a_group_has_a_name_and_everyone_who_was_named() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, eva) = (app.user("ana").await, app.user("bea").await, app.user("eva").await);
        introduce(&ana, &bea).await;
        introduce(&ana, &eva).await;
        let eva_id = eva.read("overview", &[]).await.json()["me"]["id"].clone();
        let body = json!({"name": "Viagem", "is_group": true, "participants": ["bea", eva_id, "ana"]});
        let group = post(&ana, ALL, body).await.expect(201).json();
        assert_eq!((&group["name"], &group["is_group"]), (&"Viagem".into(), &true.into()));
        assert_eq!(group["participants"].as_array().unwrap().len(), 3);
        let id = group["id"].as_str().unwrap();
        let mut of_eva = open(&eva, id).await;
        let said = say(&bea, id, "vamos?").await;
        assert_eq!(said["statuses"].as_array().unwrap().len(), 2);
        let heard = of_eva.next().await;
        assert_eq!((&heard["id"], &heard["text"]), (&said["id"], &"vamos?".into()));
        assert_eq!(heard["statuses"].as_array().unwrap().len(), 2);

        let unnamed = post(&ana, ALL, json!({"participants": ["bea", "eva"]})).await.expect(201).json();
        assert_eq!(unnamed["is_group"], true, "of three it can only be a group");
        assert_ne!(unnamed["id"], group["id"]);
        let form = [("participants", "bea"), ("participants", "eva"), ("is_group", "true")];
        let by_form = ana.ask(ana.request("POST", ALL).form(&form)).await.expect(201).json();
        assert_eq!(by_form["participants"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_forgotten_slash_is_added() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    for path in [ALL.to_owned(), format!("{ALL}{id}/"), messages(&id)] {
        let short = path.trim_end_matches('/');
        let answer = ana.get(&format!("{short}?page=1")).await.expect(301);
        assert_eq!(answer.location(), format!("{path}?page=1"));
    }
    assert_eq!(ana.get("/chat/").await.expect(303).location(), "/");
}

#[tokio::test]
async fn pages_go_back_in_time_and_name_their_neighbours() {
    let postgres = new_database().await;
    for options in [&["--limits", "off"][..], &["--limits", "off", "--database-url", &postgres]] {
        let app = TestApp::start_with(options).await;
        let (ana, _, id) = pair(&app).await;
        let path = messages(&id);
        for n in 1..=120 {
            say(&ana, &id, &n.to_string()).await;
        }
        let first = ana.get(&path).await.expect(200).json();
        assert_eq!(first["count"], 120);
        assert_eq!(
            texts(&first).last(),
            Some(&"120"),
            "the newest are on the first page, the last at its end"
        );
        assert_eq!(texts(&first)[0], "71");
        let url = |page: u32| Value::from(format!("{}{path}?page={page}", app.origin));
        assert_eq!((&first["next"], &first["previous"]), (&url(2), &Value::Null));
        let third = ana.get(&format!("{path}?page=3")).await.expect(200).json();
        assert_eq!(texts(&third), (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!((&third["next"], &third["previous"]), (&Value::Null, &url(2)));
        for wrong in ["4", "0", "-1", "x", "99999999999"] {
            let answer = ana.get(&format!("{path}?page={wrong}")).await.expect(404);
            assert_eq!(answer.json(), json!({"detail": "Invalid page."}), "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_message_is_told_with_its_status_for_each_participant() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea, id) = pair(&app).await;
        let mut message = say(&ana, &id, " oi\r\n").await;
        assert_eq!((&message["text"], &message["sender"]["username"]), (&"oi".into(), &"ana".into()));
        assert_eq!((&message["attachments"], &message["conversation"]), (&json!([]), &id.clone().into()));
        assert_eq!(message["created_at"], message["timestamp"]);
        let at = message["created_at"].as_str().unwrap();
        assert!(at.len() == 27 && at.ends_with('Z'), "{at}");
        assert_eq!(message["statuses"].as_array().unwrap().len(), 1, "of those who did not write it");

        let mut live = ana.live().await;
        live.until("hello").await;
        assert_eq!(message["statuses"][0]["status"], "sent");
        // Bea's client fetches it, and then opens the conversation.
        assert_eq!(bea.get(&messages(&id)).await.expect(200).json()["results"][0]["id"], message["id"]);
        live.until("receipt").await;
        let status = |page: Value| page["results"][0]["statuses"][0]["status"].clone();
        assert_eq!(status(ana.get(&messages(&id)).await.json()), "delivered");
        let _open = open(&bea, &id).await;
        while live.until("receipt").await["read_seq"] == 0 {}
        let page = ana.get(&messages(&id)).await.json();
        message["statuses"][0]["status"] = "read".into();
        assert_eq!(page["results"][0], message);
    }
}

#[tokio::test]
async fn whoever_has_the_conversation_open_hears_each_message_by_whichever_door() {
    let app = TestApp::start().await;
    let (ana, bea, id) = pair(&app).await;
    let (mut of_ana, mut of_bea) = (open(&ana, &id).await, open(&bea, &id).await);
    ana.say(app.general, "elsewhere").await.expect(200);
    of_bea.tell(json!({"message": "one"})).await;
    let one = of_ana.next().await;
    assert_eq!(of_bea.next().await, one, "the writer hears it too");
    assert_eq!(
        (&one["type"], &one["message"], &one["text"]),
        (&"chat_message".into(), &"one".into(), &"one".into())
    );
    assert_eq!((&one["sender"]["username"], &one["conversation"]), (&"bea".into(), &id.clone().into()));

    let two = say(&ana, &id, "two").await;
    for socket in [&mut of_ana, &mut of_bea] {
        assert_eq!(socket.next().await["id"], two["id"]);
    }
    let mut live = ana.live().await;
    live.until("hello").await;
    of_bea.tell(json!({"text": "three"})).await;
    let three = loop {
        let heard = live.until("message").await;
        if heard["text"] == "three" {
            break heard;
        }
    };
    assert_eq!(of_ana.next().await["text"], "three");
    live.say(three["room"].as_i64().unwrap(), "four").await;
    assert_eq!(of_ana.next().await["text"], "four");
    let page = bea.get(&messages(&id)).await.json();
    assert_eq!(texts(&page), ["one", "two", "three", "four"]);
    assert!(page["results"].as_array().unwrap().contains(&json!({"id": two["id"], "conversation": id,
        "text": "two", "sender": two["sender"], "created_at": two["created_at"], "timestamp": two["timestamp"],
        "attachments": [], "statuses": page["results"][1]["statuses"]})));
}

#[tokio::test]
async fn a_frame_that_says_nothing_is_refused_and_the_conversation_goes_on() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    let mut socket = open(&ana, &id).await;
    for frame in ["", "{", "[]", r#"{"type":"typing"}"#, r#"{"message":7}"#, r#"{"message":"  "}"#] {
        socket.tell_text(frame).await;
        let refusal = socket.next().await;
        assert_eq!(refusal["type"], "error", "{frame}");
        assert!(refusal["error"].is_object(), "{refusal}");
    }
    socket.tell(json!({"text": "x".repeat(5_001)})).await;
    let sentence = "Ensure this field has no more than 5000 characters.";
    assert_eq!(socket.next().await["error"], json!({"text": [sentence]}));
    socket.tell(json!({"text": "fine"})).await;
    assert_eq!(socket.next().await["text"], "fine");
    socket.tell_text(&"x".repeat(70_000)).await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn a_token_opens_the_conversation_from_anywhere_and_a_reading_one_only_listens() {
    let app = TestApp::start().await;
    let (ana, bea, id) = pair(&app).await;
    let form = [("username", "ana"), ("password", "a long password")];
    let anywhere = app.anonymous();
    let login = anywhere.ask(anywhere.request("POST", "/login").form(&form)).await.expect(200).json();
    let path = format!("/ws/chat/{id}/?token={}", login["access_token"].as_str().unwrap());
    let foreign = [("origin", "https://elsewhere.example")];
    let mut of_ana = LiveClient::connect_at(&app.origin, &path, &foreign).await.unwrap();
    of_ana.tell(json!({"message": "by token"})).await;
    assert_eq!(of_ana.next().await["text"], "by token");

    let made =
        bea.rest("POST", "/api/tokens", json!({"name": "reads", "scopes": ["read"]})).await.expect(201);
    let bearer = format!("Bearer {}", made.json()["token"].as_str().unwrap());
    let path = format!("/ws/chat/{id}/");
    let mut of_bea =
        LiveClient::connect_at(&app.origin, &path, &[("authorization", &*bearer)]).await.unwrap();
    of_bea.tell(json!({"message": "no"})).await;
    assert_eq!(of_bea.next().await["type"], "error");
    say(&ana, &id, "heard").await;
    assert_eq!(of_bea.next().await["text"], "heard");
    let program = app.anonymous();
    let post = program.request("POST", &messages(&id)).header("authorization", &bearer);
    program.ask(post.json(&json!({"text": "no"}))).await.expect(403);
    let get = program.request("GET", &messages(&id)).header("authorization", &bearer);
    let page = program.ask(get).await.expect(200);
    assert_eq!(texts(&page.json()), ["by token", "heard"]);
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_flood_ends_its_own_connection() {
    let app = TestApp::start().await;
    let (ana, bea, id) = pair(&app).await;
    let (mut flood, mut other) = (open(&ana, &id).await, open(&bea, &id).await);
    let mut told = Ok(Value::Null);
    while told.is_ok() {
        flood.tell_text("{").await;
        told = flood.next_or_code().await;
    }
    assert_eq!(told, Err(4029));
    other.tell(json!({"text": "fine"})).await;
    assert_eq!(other.next().await["text"], "fine");
}

#[tokio::test]
async fn who_leaves_hears_no_more_and_finds_nothing() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let general = app.general.to_string();
    let (mut of_ana, mut of_bea) = (open(&ana, &general).await, open(&bea, &general).await);
    bea.post("leave_room", &[("room", general.clone())]).await.expect(200);
    assert_eq!(of_bea.closed().await, 4403);
    say(&ana, &general, "later").await;
    assert_eq!(of_ana.next().await["text"], "later");
    bea.get(&messages(&general)).await.expect(404);
    post(&bea, &messages(&general), json!({"text": "x"})).await.expect(404);
    let headers = [("cookie", &*bea.cookies()), ("origin", &app.origin)];
    assert_eq!(refused(&app, &format!("/ws/chat/{general}/"), &headers).await, 403);
}

#[tokio::test]
async fn a_socket_ends_with_its_session() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    let mut socket = open(&ana, &id).await;
    ana.post("sign_out", &[]).await.expect(200);
    assert_eq!(socket.closed().await, 4001);
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    let mut socket = open(&ana, &id).await;
    app.stop();
    assert_eq!(socket.closed().await, 1012);
}

#[tokio::test]
async fn outsiders_are_answered_as_if_nothing_were_there() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    say(&ana, &id, "secret").await;
    let eva = app.user("eva").await;
    let missing = [id.as_str(), "1", "x", "00000000-0000-0000-0000-000000000000", "%20"];
    let headers = [("cookie", &*eva.cookies()), ("origin", &app.origin)];
    for id in missing {
        let not_found = json!({"detail": "Not found."});
        assert_eq!(eva.get(&format!("{ALL}{id}/")).await.expect(404).json(), not_found);
        assert_eq!(eva.get(&messages(id)).await.expect(404).json(), not_found);
        for body in [json!({"text": "x"}), json!({})] {
            assert_eq!(post(&eva, &messages(id), body).await.expect(404).json(), not_found);
        }
        assert_eq!(refused(&app, &format!("/ws/chat/{id}/"), &headers).await, 403, "{id}");
    }
}

#[tokio::test]
async fn strangers_are_refused_at_every_address() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    let stranger = app.anonymous();
    let detail = json!({"detail": "Authentication credentials were not provided."});
    for path in [ALL.to_owned(), format!("{ALL}{id}/"), messages(&id)] {
        let refused = stranger.get(&path).await.expect(401);
        assert_eq!(
            (refused.json(), refused.headers["www-authenticate"].as_bytes()),
            (detail.clone(), &b"Bearer"[..])
        );
    }
    for path in [ALL.to_owned(), messages(&id)] {
        assert_eq!(post(&stranger, &path, json!({})).await.expect(401).json(), detail);
        let forged = ana.request_from("https://evil.example", "POST", &path).json(&json!({"text": "x"}));
        ana.ask(forged).await.expect(403);
    }
    let (path, cookies) = (format!("/ws/chat/{id}/"), ana.cookies());
    let by_token = format!("{path}?token=forged");
    for (path, headers) in [
        (&path, &[][..]),
        (&path, &[("cookie", "papo=forged"), ("origin", &*app.origin)]),
        (&path, &[("cookie", &*cookies)]),
        (&path, &[("cookie", &*cookies), ("origin", "https://evil.example")]),
        (&path, &[("authorization", "Bearer forged")]),
        (&by_token, &[("cookie", &*cookies), ("origin", &*app.origin)]),
    ] {
        assert_eq!(refused(&app, path, headers).await, 403, "{headers:?}");
    }
    ana.ask(ana.request("GET", &path)).await.expect(426);
}

#[tokio::test]
async fn wrong_bodies_are_told_field_by_field() {
    let app = TestApp::start().await;
    let (ana, _, id) = pair(&app).await;
    let long = "é".repeat(5_001);
    for (body, refusal) in [
        (json!({}), json!({"text": ["This field is required."]})),
        (json!({"text": null}), json!({"text": ["This field may not be null."]})),
        (json!({"text": []}), json!({"text": ["Not a valid string."]})),
        (json!({"text": "  "}), json!({"text": ["This field may not be blank."]})),
        (json!({"text": long}), json!({"text": ["Ensure this field has no more than 5000 characters."]})),
        (
            json!({"text": "x", "attachments": [1]}),
            json!({"attachments": ["This server takes no attachments yet."]}),
        ),
        (json!([]), json!({"non_field_errors": ["Invalid data. Expected a dictionary."]})),
    ] {
        assert_eq!(post(&ana, &messages(&id), body).await.expect(400).json(), refusal);
    }
    for (body, field) in [
        (json!({}), "participants"),
        (json!({"participants": []}), "participants"),
        (json!({"participants": [{}]}), "participants"),
        (json!({"participants": ["ana"]}), "participants"),
        (json!({"participants": ["nobody"]}), "participants"),
        (json!({"participants": [7]}), "participants"),
        (json!({"participants": ["bea"], "is_group": "maybe"}), "is_group"),
        (json!({"participants": ["bea"], "name": []}), "name"),
        (json!({"participants": ["bea", "x"], "is_group": false}), "participants"),
    ] {
        let refused = post(&ana, ALL, body).await.expect(400).json();
        assert!(refused[field][0].is_string(), "{refused}");
    }
    let typed = |kind: &str, body: &str| {
        ana.request("POST", &messages(&id)).header("content-type", kind.to_owned()).body(body.to_owned())
    };
    for (kind, body, status) in [
        ("application/json", "{", 400),
        ("text/plain", "text=x", 415),
        ("multipart/form-data", "x", 400),
        ("application/json", &*"x".repeat(70_000), 413),
    ] {
        assert!(ana.ask(typed(kind, body)).await.expect(status).json()["detail"].is_string());
    }
    ana.ask(typed("application/x-www-form-urlencoded", "text=a+form")).await.expect(201);
}
