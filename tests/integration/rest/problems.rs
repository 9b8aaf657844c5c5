//! Refusals: all of one shape, each tells what to mend, none an internal word.

use serde_json::{Value, json};

use super::examples::Document;
use crate::support::TestApp;

const MESSAGES: &str = "/api/rooms/general/messages";

#[tokio::test]
async fn what_is_malformed_is_named() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let json = [("content-type", "application/json")];
    for (body, field, reason) in [
        ("{", "", "malformed"),
        ("[]", "", "malformed"),
        (r#" ["x", null]"#, "", "malformed"),
        ("null", "", "malformed"),
        (r#"{"text": "x"} {}"#, "", "malformed"),
        ("{}", "text", "missing"),
        (r#"{"text": 5}"#, "text", "malformed"),
        (r#"{"text": null}"#, "text", "malformed"),
        (r#"{"text": {"$ne": ""}}"#, "text", "malformed"),
        (r#"{"text": "x", "cid": "once"}"#, "cid", "malformed"),
        (r#"{"text": "x", "seq": 5}"#, "seq", "unknown"),
        (r#"{"text": "x", "user_id": 5}"#, "user_id", "unknown"),
    ] {
        let refused = ana.rest_with("POST", MESSAGES, &json, body).await.expect(400);
        assert_eq!(refused.headers["content-type"], "application/problem+json");
        let problem = refused.json();
        assert_eq!((&problem["code"], &problem["status"]), (&"malformed".into(), &400.into()));
        assert_eq!(refused.reason(field).as_deref(), Some(reason), "{body}: {}", refused.text);
        let told = refused.text.to_lowercase();
        assert!(
            !["expected", "struct", "wish", "line 1", "serde"].iter().any(|word| told.contains(word)),
            "{told}"
        );
    }
    let bytes = ana.rest_with("POST", MESSAGES, &json, b"{\"text\": \"\xff\"}".to_vec()).await;
    bytes.expect(400);
    let deep = "[".repeat(20_000);
    ana.rest_with("POST", MESSAGES, &json, deep).await.expect(400);
    ana.rest_with("GET", "/api/rooms/%ff", &[], "").await.expect(404);
    ana.rest_with("GET", "/api/rooms/%00", &[], "").await.expect(404);
}

#[tokio::test]
async fn a_broken_query_is_named_at_every_door() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (method, path, field) in [
        ("POST", "/api/live?user=everybody", "user"),
        ("POST", "/api/live?user=1&user=2", "user"),
        ("GET", "/socket.io/?EIO=4&EIO=3&transport=polling", "EIO"),
        ("GET", "/api/rooms/general/messages?limit=many", "limit"),
    ] {
        let refused = ana.rest(method, path, Value::Null).await.expect(400);
        assert_eq!(refused.headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(refused.reason(field).as_deref(), Some("malformed"), "{path}: {}", refused.text);
    }
}

#[tokio::test]
async fn only_json_is_taken_and_not_too_much_of_it() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
    {
        let refused =
            ana.rest_with("POST", MESSAGES, &[("content-type", kind)], r#"{"text":"x"}"#).await.expect(415);
        assert_eq!(refused.json()["code"], "unsupported_media_type");
    }
    ana.rest_with("POST", MESSAGES, &[], r#"{"text":"x"}"#).await.expect(415);
    ana.rest_with("PUT", "/api/rooms/general/members/me", &[("content-type", "text/plain")], "x")
        .await
        .expect(415);
    let huge = json!({"text": "x".repeat(70_000)});
    let refused = ana.rest("POST", MESSAGES, huge).await.expect(413);
    assert_eq!(refused.json()["max"], 65_536);
    let long = ana.rest("POST", MESSAGES, json!({"text": "x".repeat(5_001)})).await.expect(422);
    assert_eq!(long.reason("text").as_deref(), Some("too_long"));
    assert!(long.json()["detail"].as_str().unwrap().contains("`text` is too long"), "{}", long.text);
}

#[tokio::test]
async fn addresses_and_methods_that_there_are_not_are_problems_too() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/api", "/api/", "/api/nothing", "/api/rooms/general/nothing", "/api/me/"] {
        for method in ["GET", "POST", "DELETE"] {
            let refused = ana.rest(method, path, Value::Null).await.expect(404);
            assert_eq!(refused.headers["content-type"], "application/problem+json", "{method} {path}");
            assert_eq!(refused.json()["code"], "not_found");
        }
    }
    for (method, path, allow) in [
        ("POST", "/api/me", "GET,HEAD,PATCH"),
        ("DELETE", "/api/rooms/general/messages", "GET,HEAD,POST"),
        ("PATCH", "/api/rooms/general/members/me", "PUT,DELETE"),
        ("PUT", "/api/openapi.json", "GET,HEAD"),
        ("DELETE", "/api/live", "GET,HEAD,POST"),
    ] {
        let refused = ana.rest(method, path, Value::Null).await.expect(405);
        assert_eq!(refused.headers["allow"], allow, "{method} {path}");
        assert_eq!(refused.headers["content-type"], "application/problem+json", "{method} {path}");
        assert_eq!(refused.json()["code"], "method_not_allowed");
    }
}

#[tokio::test]
async fn a_write_from_elsewhere_is_a_problem() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let evil = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let refused = ana.rest_with("POST", MESSAGES, &evil, r#"{"text":"forged"}"#).await.expect(403);
    assert_eq!(refused.json()["code"], "wrong_origin", "{}", refused.text);
}

#[tokio::test]
async fn every_route_refuses_strangers_as_documented() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let mut document = Document::load();
    for operation in document.operations() {
        let path = operation.path.replace(['{', '}'], "1");
        let answer = stranger.rest(&operation.method, &path, Value::Null).await;
        let ways = operation.about["security"].as_array();
        let needs_nobody = ways.is_some_and(|ways| ways.contains(&json!({})));
        let expected = if needs_nobody { 415 } else { 401 };
        assert_eq!(answer.status, expected, "{} {path}: {}", operation.method, answer.text);
        document.check_answer(&operation, answer.status, &answer.text);
    }
}

#[tokio::test]
async fn answers_tell_what_is_left_of_the_allowance() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let number = |answer: &crate::support::Answer, name: &str| -> u64 {
        answer.headers[name].to_str().unwrap().parse().unwrap()
    };
    let read = ana.get("/api/me").await.expect(200);
    assert_eq!(number(&read, "ratelimit-limit"), 200);
    assert!(number(&read, "ratelimit-remaining") < 200 && number(&read, "ratelimit-reset") <= 5);

    let refused = loop {
        let sent = ana.rest("POST", MESSAGES, json!({"text": "again"})).await;
        assert_eq!(number(&sent, "ratelimit-limit"), 30);
        if sent.status != 201 {
            break sent;
        }
    };
    let problem = refused.expect(429);
    assert_eq!(number(&problem, "ratelimit-remaining"), 0);
    assert!(number(&problem, "retry-after") >= 1 && number(&problem, "ratelimit-reset") >= 1);
    assert!(problem.json()["retry_after_ms"].as_u64().unwrap() > 0);

    let unlimited = TestApp::start_with(&["--limits", "off"]).await;
    let bea = unlimited.user("bea").await;
    assert!(!bea.get("/api/me").await.headers.contains_key("ratelimit-limit"));
}
