//! Sending and reading.

use serde_json::Value;

use crate::support::{Client, TestApp, message};

fn seqs(messages: &Value) -> Vec<i64> {
    messages.as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect()
}

/// The seqs of a room's whole timeline, read page by page from its newest.
async fn all_seqs(client: &Client, app: &TestApp, newest: &Value) -> Vec<i64> {
    let mut all = seqs(&newest["history"]["messages"]);
    loop {
        let (room, before) = (app.general.to_string(), all[0].to_string());
        let older = client.read("history", &[("room", &room), ("before", &before)]).await.expect(200).json();
        all.splice(0..0, seqs(&older["messages"]));
        if older["has_older"] == false {
            return all;
        }
    }
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_adds_nothing() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let form = message(app.general, "once");
    ana.post("post_message", &form).await.expect(200);
    ana.post("post_message", &form).await.expect(200);
    let texts = ana.open("general").await["history"]["messages"].clone();
    let once = texts.as_array().unwrap().iter().filter(|message| message["text"] == "once").count();
    assert_eq!(once, 1);
}

#[tokio::test]
async fn a_cid_with_another_text_is_a_conflict() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut form = message(app.general, "once");
    ana.post("post_message", &form).await.expect(200);
    form[2].1 = "twice".to_owned();
    let refused = ana.post("post_message", &form).await.expect(409).json();
    assert_eq!((&refused["code"], &refused["reason"]), (&"conflict".into(), &"cid_reused".into()));
}

#[tokio::test]
async fn two_people_may_use_the_same_cid() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let form = message(app.general, "mine");
    ana.post("post_message", &form).await.expect(200);
    bea.post("post_message", &form).await.expect(200);
}

#[tokio::test]
async fn an_empty_or_endless_text_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (text, reason) in [("", "missing"), (" \n ", "missing"), (&*"é".repeat(5_001), "too_long")] {
        let refused = ana.say(app.general, text).await.expect(422);
        assert_eq!(refused.reason("text").as_deref(), Some(reason));
    }
    ana.say(app.general, &"😀".repeat(5_000)).await.expect(200);
}

#[tokio::test]
async fn text_is_kept_as_typed_and_shown_as_text() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.say(app.general, " <img src=x onerror=alert(1)> https://papo.example ").await.expect(200);
    let messages = ana.open("general").await["history"]["messages"].clone();
    let last = messages.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["text"], "<img src=x onerror=alert(1)> https://papo.example");
    let html = last["html"].as_str().unwrap();
    assert!(html.starts_with("&lt;img") && html.contains("<a href=\"https://papo.example\""), "{html}");
    let page = ana.get("/rooms/general").await.expect(200);
    assert!(!page.text.contains("<img src=x"), "the page escapes it too");
}

#[tokio::test]
async fn history_comes_in_pages_without_a_hole() {
    let app = TestApp::start_with(&["--limits", "off"]).await;
    let ana = app.user("ana").await;
    for n in 0..120 {
        ana.say(app.general, &format!("line {n}")).await.expect(200);
    }
    let page = ana.open("general").await;
    assert_eq!(seqs(&page["history"]["messages"]).len(), 50);
    assert_eq!(page["history"]["has_older"], true);
    let all = all_seqs(&ana, &app, &page).await;
    let head = page["cursor"].as_i64().unwrap();
    // Seq 1 is ana's membership; her line and her 120 messages follow.
    assert_eq!(all, (2..=head).collect::<Vec<_>>());
    assert_eq!(all.len(), 121);
}

#[tokio::test]
async fn seqs_are_dense_under_concurrent_senders() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let mut senders = tokio::task::JoinSet::new();
        for n in 0..8 {
            let user = app.user(&format!("user{n}")).await;
            let general = app.general;
            senders.spawn(async move {
                for line in 0..12 {
                    user.say(general, &format!("{n}:{line}")).await.expect(200);
                }
            });
        }
        senders.join_all().await;
        let reader = app.user("reader").await;
        let page = reader.open("general").await;
        let members =
            page["members"].as_array().unwrap().iter().map(|member| member["seq"].as_i64().unwrap());
        let mut all: Vec<i64> = members.chain(all_seqs(&reader, &app, &page).await).collect();
        all.sort_unstable();
        assert_eq!(all, (1..=9 * 2 + 8 * 12).collect::<Vec<_>>(), "each seq has one change");
    }
}

#[tokio::test]
async fn what_nobody_sent_to_is_not_found() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.say(12345, "into the void").await.expect(404);
    app.anonymous().say(app.general, "who am I").await.expect(401);
    let both = [
        ("cid", uuid::Uuid::now_v7().to_string()),
        ("room", app.general.to_string()),
        ("to", "ana".to_owned()),
        ("text", "x".to_owned()),
    ];
    ana.post("post_message", &both).await.expect(422);
}

#[tokio::test]
async fn a_disabled_persons_room_can_be_read_and_not_written() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let (ana, bea) = (app.user("ana").await, app.user("bea").await);
        let first = [
            ("cid", uuid::Uuid::now_v7().to_string()),
            ("to", "bea".to_owned()),
            ("text", "before".to_owned()),
        ];
        ana.post("post_message", &first).await.expect(200);
        bea.read("direct", &[("username", "ana")]).await.expect(200);
        app.user("carol").await;
        app.papo(&["user", "disable", "bea"]).await;
        app.papo(&["user", "disable", "carol"]).await;

        let page = ana.read("direct", &[("username", "bea")]).await.expect(200).json()["open"].clone();
        assert_eq!(page["history"]["messages"][0]["text"], "before");
        ana.get("/dm/bea").await.expect(200);
        let room = page["room"]["id"].as_i64().unwrap();
        ana.say(room, "after").await.expect(403);
        ana.post("post_message", &first).await.expect(200);
        let mut second = first.clone();
        second[0].1 = uuid::Uuid::now_v7().to_string();
        ana.post("post_message", &second).await.expect(403);

        ana.read("direct", &[("username", "carol")]).await.expect(404);
        second[1].1 = "carol".to_owned();
        ana.post("post_message", &second).await.expect(404);
        ana.say(app.general, "elsewhere").await.expect(200);
    }
}
