//! Pages of other origins: nothing by default, and tokens only where the operator allows it.

use serde_json::{Value, json};

use crate::support::TestApp;

const APP: &str = "https://app.example.org";

#[tokio::test]
async fn no_page_elsewhere_reads_anything_by_default() {
    let app = TestApp::start().await;
    let ana = app.program_of("ana").await;
    for path in ["/api/me", "/api/tokens", "/login", "/health"] {
        let answer = ana.rest_with("GET", path, &[("origin", APP)], "").await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn an_allowed_origin_calls_the_api_with_tokens() {
    let app = TestApp::start_with(&["--cors-origins", &format!("{APP},http://localhost:5173")]).await;
    app.user("ana").await;
    let program = app.log_in("ana").await;
    let asked = [
        ("origin", APP),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key"),
    ];
    let preflight =
        app.anonymous().rest_with("OPTIONS", "/api/rooms/1/messages", &asked, "").await.expect(200);
    assert_eq!(preflight.headers["access-control-allow-origin"], APP);
    assert!(preflight.headers["access-control-allow-headers"].to_str().unwrap().contains("idempotency-key"));
    assert!(!preflight.headers.contains_key("access-control-allow-credentials"));

    let from = [("origin", APP), ("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
    let answer = program.rest_with("GET", "/api/me", &from, "").await.expect(200);
    assert_eq!(answer.headers["access-control-allow-origin"], APP);
    let exposed = answer.headers["access-control-expose-headers"].to_str().unwrap();
    let sent = answer.headers.keys().filter(|name| name.as_str().starts_with("ratelimit"));
    let sent: Vec<_> = sent.map(|name| name.as_str()).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    for name in sent {
        assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name} is not in {exposed}");
    }
    let wish = json!({ "login": "ana", "password": "a long password" }).to_string();
    app.anonymous().rest_with("POST", "/api/tokens", &from, wish).await.expect(201);
    let refused = app.anonymous().rest_with("GET", "/api/me", &from, "").await.expect(401);
    assert_eq!(refused.headers["access-control-allow-origin"], APP, "the page may know why");
}

#[tokio::test]
async fn an_allowed_origin_has_no_cookie_and_others_have_nothing() {
    let app = TestApp::start_with(&["--cors-origins", APP]).await;
    let ana = app.user("ana").await;
    ana.rest_with("GET", "/api/me", &[("origin", APP)], "").await.expect(401);
    let ping = json!({ "type": "ping" }).to_string();
    let json = ("content-type", "application/json");
    ana.rest_with("POST", "/api/live", &[("origin", APP), json], ping.clone()).await.expect(401);
    for origin in ["https://app.example.org.evil.example", "http://app.example.org", "null"] {
        let answer = ana.rest_with("POST", "/api/live", &[("origin", origin), json], ping.clone()).await;
        assert_eq!(answer.status, 403, "{origin}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
    }
    let page = ana.rest_with("GET", "/settings", &[("origin", APP)], "").await.expect(200);
    assert!(!page.headers.contains_key("access-control-allow-origin"), "only the API is open");
    let form = [("origin", APP)];
    assert_eq!(ana.post_from("sign_out", &form, &[]).await.status, 403);
    ana.rest("GET", "/api/me", Value::Null).await.expect(200);
}
