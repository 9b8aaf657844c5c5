//! What is too much is refused with a word about when to come back, and harms nobody else.

use serde_json::{Value, json};

use crate::support::{Client, LiveClient, TestApp};

/// How many of these cids were refused, once all are answered.
async fn refused_of(live: &mut LiveClient, cids: &[String]) -> Vec<Value> {
    let mut refused = Vec::new();
    let mut open = cids.len();
    while open > 0 {
        let event = live.next().await;
        if event["cid"].as_str().is_some_and(|cid| cids.iter().any(|sent| sent == cid)) {
            match event["type"].as_str() {
                Some("delivery") => open -= 1,
                Some("error") => {
                    open -= 1;
                    refused.push(event);
                }
                _ => {}
            }
        }
    }
    refused
}

fn is_rate_limited(error: &Value) -> bool {
    error["code"] == "rate_limited" && error["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0)
}

#[tokio::test]
async fn a_user_may_send_so_many_messages_by_all_doors_together() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut one, mut other) = (ana.live().await, ana.live().await);
    let mut cids = (Vec::new(), Vec::new());
    for n in 0..60 {
        cids.0.push(one.say(app.general, &format!("one {n}")).await);
        cids.1.push(other.say(app.general, &format!("other {n}")).await);
    }
    let refused = [refused_of(&mut one, &cids.0).await, refused_of(&mut other, &cids.1).await].concat();
    assert!(!refused.is_empty() && refused.iter().all(is_rate_limited), "{refused:?}");
    let answers = futures_util::future::join_all((0..60).map(|_| ana.say(app.general, "form"))).await;
    let refused = answers.into_iter().find(|answer| answer.status == 429).unwrap();
    assert!(is_rate_limited(&refused.json()) && refused.headers.contains_key("retry-after"));
    bea.say(app.general, "untroubled").await.expect(200);
}

#[tokio::test]
async fn making_entering_and_leaving_rooms_counts_as_messages() {
    let app = TestApp::start().await;
    let (ana, bea, eve) = (app.user("ana").await, app.user("bea").await, app.user("eve").await);
    let room = [("room", app.general.to_string())];
    let mut refused = None;
    for n in 0..200 {
        let what = if n % 2 == 0 { "leave_room" } else { "join_room" };
        let answer = bea.post(what, &room).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    assert!(is_rate_limited(&refused.expect("all of it passed").expect(429).json()));
    let ana = &ana;
    let made =
        (0..60).map(|n| async move { ana.post("create_room", &[("name", format!("Room {n}"))]).await });
    let refused = futures_util::future::join_all(made).await.into_iter().find(|answer| answer.status == 429);
    assert!(is_rate_limited(&refused.expect("all of it passed").json()));
    eve.say(app.general, "untroubled").await.expect(200);
}

#[tokio::test]
async fn typing_too_often_is_refused() {
    let app = TestApp::start().await;
    let mut ana = app.user("ana").await.live().await;
    for n in 0..40 {
        ana.tell(json!({"type": "typing", "room": app.general, "on": n % 2 == 0})).await;
    }
    assert!(is_rate_limited(&ana.until("error").await));
}

#[tokio::test]
async fn frames_beyond_the_allowance_are_refused_and_a_flood_ends_its_own_connection() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let (mut flood, mut other) = (ana.live().await, bea.live().await);
    for _ in 0..40 {
        flood.tell(json!({"type": "sync", "epoch": "", "rooms": {}})).await;
    }
    assert!(is_rate_limited(&flood.until("error").await), "a sync costs more");
    let mut told = Ok(Value::Null);
    while told.is_ok() {
        flood.tell_text("{").await;
        told = flood.next_or_code().await;
    }
    assert_eq!(told, Err(4029));
    let mut deaf = app.user("eva").await.live().await;
    // What it sends on, nobody reads; why it was closed it learns all the same.
    for _ in 0..2_000 {
        deaf.try_tell_text("{").await;
    }
    assert_eq!(deaf.closed().await, 4029);
    other.say(app.general, "untroubled").await;
    other.until("delivery").await;
}

#[tokio::test]
async fn a_user_has_twenty_connections() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let mut mine = Vec::new();
    for _ in 0..20 {
        mine.push(ana.live().await);
    }
    assert_eq!(refusal(&ana, "192.0.2.1").await, Some(429));
    bea.live().await.until("hello").await;
    let mut last = mine.pop().unwrap();
    last.leave().await;
    while refusal(&ana, "192.0.2.1").await.is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_address_has_a_hundred_connections() {
    let app = TestApp::start().await;
    let mut all = Vec::new();
    for n in 0..5 {
        let user = app.user(&format!("user{n}")).await;
        for _ in 0..20 {
            all.push(user.live_from("192.0.2.1").await.unwrap());
        }
    }
    let ana = app.user("ana").await;
    assert_eq!(refusal(&ana, "192.0.2.1").await, Some(429));
    assert_eq!(refusal(&ana, "192.0.2.2").await, None);
}

#[tokio::test]
async fn without_limits_all_of_it_passes() {
    let app = TestApp::start_with(&["--limits", "off"]).await;
    let ana = app.user("ana").await;
    let mut all = Vec::new();
    for _ in 0..25 {
        all.push(ana.live().await);
    }
    let mut cids = Vec::new();
    for n in 0..300 {
        cids.push(all[0].say(app.general, &format!("{n}")).await);
    }
    assert_eq!(refused_of(&mut all[0], &cids).await, Vec::<Value>::new());
}

/// The status with which a live connection from `address` is refused.
async fn refusal(client: &Client, address: &str) -> Option<u16> {
    client.live_from(address).await.err().map(|refusal| match *refusal {
        tokio_tungstenite::tungstenite::Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    })
}
