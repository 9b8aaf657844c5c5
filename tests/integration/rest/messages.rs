//! Sending and reading messages, marks and typing.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;

const MESSAGES: &str = "/api/rooms/general/messages";

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|line| line["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn history_is_paged_in_both_directions() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        for n in 3..10 {
            ana.rest("POST", MESSAGES, json!({"text": format!("line {n}")})).await.expect(201);
        }
        // Seq 1 is her entering, 2 the line about it.
        let newest = ana.fetch(&format!("{MESSAGES}?limit=3")).await;
        assert_eq!((seqs(&newest), newest.get("next")), (vec![7, 8, 9], None));
        let middle = ana.fetch(newest["prev"].as_str().unwrap()).await;
        assert_eq!(seqs(&middle), [4, 5, 6]);
        let oldest = ana.rest("GET", middle["prev"].as_str().unwrap(), Value::Null).await.expect(200);
        assert_eq!((seqs(&oldest.json()), oldest.json().get("prev")), (vec![2, 3], None));
        let link = oldest.headers["link"].to_str().unwrap();
        assert_eq!(link, format!("<{MESSAGES}?after=3&limit=3>; rel=\"next\""));
        let forth = ana.fetch(oldest.json()["next"].as_str().unwrap()).await;
        assert_eq!(forth["items"], middle["items"]);
        let forth = ana.fetch(forth["next"].as_str().unwrap()).await;
        assert_eq!((&forth["items"], forth.get("next")), (&newest["items"], None));
        assert_eq!(seqs(&ana.fetch(&format!("{MESSAGES}?after=9")).await), [] as [i64; 0]);

        let id = &newest["items"][0]["id"];
        assert_eq!(ana.fetch(&format!("{MESSAGES}/{id}")).await, newest["items"][0]);
        let elsewhere = ana.rest("POST", "/api/channels", json!({"name": "Other"})).await.expect(201).json();
        let foreign = format!("/api/rooms/{}/messages/{id}", elsewhere["id"]);
        ana.rest("GET", &foreign, Value::Null).await.expect(404);
    }
}

#[tokio::test]
async fn bad_cursors_are_named() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (query, status, field, reason) in [
        ("limit=0", 422, "limit", "out_of_range"),
        ("limit=101", 422, "limit", "out_of_range"),
        ("limit=many", 400, "limit", "malformed"),
        ("before=x", 400, "before", "malformed"),
        ("before=99999999999999999999", 400, "before", "malformed"),
        ("before=5&after=5", 422, "after", "unknown"),
        ("before=5&before=6", 400, "before", "malformed"),
        ("offset=5", 400, "offset", "unknown"),
    ] {
        let refused = ana.rest("GET", &format!("{MESSAGES}?{query}"), Value::Null).await.expect(status);
        assert_eq!(refused.reason(field).as_deref(), Some(reason), "{query}: {}", refused.text);
    }
    for query in ["before=0", "before=-5", "after=-9223372036854775808", "after=9223372036854775807"] {
        ana.fetch(&format!("{MESSAGES}?{query}")).await;
    }
    ana.rest("GET", &format!("{MESSAGES}/first"), Value::Null).await.expect(400);
}

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ana = app.user("ana").await;
        let (cid, other) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
        let text = json!({"text": "once"}).to_string();
        let json = ("content-type", "application/json");
        let quoted = format!("\"{cid}\"");
        let first = ana
            .rest_with("POST", MESSAGES, &[json, ("idempotency-key", &cid)], text.clone())
            .await
            .expect(201);
        let again = ana
            .rest_with("POST", MESSAGES, &[json, ("idempotency-key", &quoted)], text.clone())
            .await
            .expect(201);
        let in_body = ana.rest("POST", MESSAGES, json!({"text": "once", "cid": cid})).await.expect(201);
        assert_eq!((&first.text, first.location()), (&again.text, again.location()));
        assert_eq!(first.text, in_body.text);
        assert_eq!(ana.fetch(first.location()).await["text"], "once");

        let reused =
            ana.rest("POST", MESSAGES, json!({"text": "twice", "cid": cid})).await.expect(409).json();
        assert_eq!((&reused["code"], &reused["reason"]), (&"conflict".into(), &"cid_reused".into()));
        let both = json!({"text": "once", "cid": other}).to_string();
        let differ =
            ana.rest_with("POST", MESSAGES, &[json, ("idempotency-key", &cid)], both).await.expect(422);
        assert_eq!(differ.reason("cid").as_deref(), Some("mismatch"));
        let bad =
            ana.rest_with("POST", MESSAGES, &[json, ("idempotency-key", "once")], text).await.expect(400);
        assert_eq!(bad.reason("Idempotency-Key").as_deref(), Some("malformed"));
        assert_eq!(seqs(&ana.fetch(&format!("{MESSAGES}?after=2")).await).len(), 1);
    }
}

#[tokio::test]
async fn what_is_sent_here_is_heard_live() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let mut live = bea.live().await;
    live.until("hello").await;
    live.so_far().await;
    let sent = ana.rest("POST", MESSAGES, json!({"text": "hello *you*"})).await.expect(201).json();
    let heard = live.until("message").await;
    assert_eq!((&heard["id"], &heard["seq"], &heard["cid"]), (&sent["id"], &sent["seq"], &sent["cid"]));
    let mut stored = ana.fetch(&format!("{MESSAGES}/{}", sent["id"])).await;
    stored["type"] = "message".into();
    assert_eq!(stored, heard);

    ana.rest("POST", "/api/rooms/general/typing", json!({"on": true})).await.expect(204);
    assert_eq!(live.until("typing").await["users"], json!([ana.id().await]));
    ana.rest("PUT", "/api/rooms/general/marks", json!({"read_seq": sent["seq"]})).await.expect(204);
    let receipt = loop {
        let receipt = live.until("receipt").await;
        if receipt["read_seq"] == sent["seq"] {
            break receipt;
        }
    };
    let marks = ana.fetch("/api/rooms/general/marks").await;
    let mine =
        marks["items"].as_array().unwrap().iter().find(|mark| mark["user"] == receipt["user"]).unwrap();
    assert_eq!((&mine["read_seq"], &mine["delivered_seq"]), (&sent["seq"], &sent["seq"]));
    let neither = ana.rest("PUT", "/api/rooms/general/marks", json!({})).await.expect(422);
    assert_eq!(neither.reason("read_seq").as_deref(), Some("missing"));
}
