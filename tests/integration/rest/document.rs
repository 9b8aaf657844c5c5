//! What REST says of itself: where it is found, and that a change of it shows.

use crate::support::TestApp;

/// The stored document changes only on purpose: `INSTA_UPDATE=always cargo test --features ssr --test integration rest::document`
/// writes it anew, and the difference is part of the change. What a client relies on may not go.
#[test]
fn the_document_is_the_one_in_docs() {
    let document = serde_json::to_string_pretty(&papo::server::http::openapi()).unwrap();
    insta::with_settings!({
        snapshot_path => "../../../docs",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("openapi", document) });
}

#[tokio::test]
async fn it_is_served_to_everybody_with_its_page() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    assert_eq!(stranger.fetch("/api/openapi.json").await, papo::server::http::openapi());
    let page = stranger.get("/api/docs").await.expect(200);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    for linked in page.text.split(['"', '\'']).filter(|text| text.starts_with("/api/docs/")) {
        let file = stranger.get(linked).await.expect(200);
        assert!(file.text.len() > 100, "{linked}");
    }
    for missing in
        ["/api/docs/index.html", "/api/docs/swagger-initializer.js", "/api/docs/..%2f..%2fCargo.toml"]
    {
        stranger.get(missing).await.expect(404);
    }
}

#[tokio::test]
async fn every_problem_leads_to_its_explanation() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/api/docs").await.expect(200).text;
    let refused = app.anonymous().get("/api/me").await.expect(401).json();
    let (path, anchor) = refused["type"].as_str().unwrap().split_once('#').unwrap();
    assert_eq!(path, "/api/docs");
    assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    let document = papo::server::http::openapi();
    for code in document["components"]["responses"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"{code}\"")), "{code}");
    }
}

#[tokio::test]
async fn who_has_an_answer_is_not_sent_it_again() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/api/openapi.json", "/api/rooms", "/api/rooms/general", "/api/rooms/general/messages"] {
        let first = ana.get(path).await.expect(200);
        let tag = first.headers["etag"].to_str().unwrap();
        let known = [("if-none-match", tag)];
        let again = ana.rest_with("GET", path, &known, "").await.expect(304);
        assert!(again.text.is_empty() && again.headers["etag"] == tag, "{path}");
    }
    let before = ana.get("/api/rooms").await.headers["etag"].to_str().unwrap().to_owned();
    ana.say(app.general, "news").await.expect(200);
    ana.rest_with("GET", "/api/rooms", &[("if-none-match", &before)], "").await.expect(200);
}
