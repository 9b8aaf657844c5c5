//! Headers, origins, and what strangers learn.

use crate::support::TestApp;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/health", "/login", "/rooms/general", "/nothing/here", "/fn/overview", "/pkg/none.js"] {
        let answer = ana.get(path).await;
        for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id"] {
            assert!(answer.headers.contains_key(name), "{path} lacks {name}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    }
}

#[tokio::test]
async fn a_pages_nonce_is_new_each_time() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let one = client.get("/login").await.expect(200);
    let other = client.get("/login").await.expect(200);
    assert_ne!(one.headers["content-security-policy"], other.headers["content-security-policy"]);
}

#[tokio::test]
async fn personal_answers_are_not_kept() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/", "/rooms/general", "/fn/overview"] {
        assert_eq!(ana.get(path).await.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn writes_from_elsewhere_are_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let form = crate::support::message(app.general, "forged");
    let own = app.origin.as_str();
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://other.example")],
        &[],
    ] {
        assert_eq!(ana.post_from("post_message", headers, &form).await.status, 403, "{headers:?}");
    }
    ana.post_from("post_message", &[("origin", own)], &form).await.expect(200);
    assert_eq!(ana.get("/fn/sign_out").await.status, 405, "a write is no GET");
    ana.read("overview", &[]).await.expect(200);
}

#[tokio::test]
async fn no_page_of_a_neighbour_opens_a_stream_by_the_cookie() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/api/events", "/chat/stream", "/socket.io/?EIO=4&transport=polling"] {
        for (site, status) in [("same-site", 403), ("cross-site", 403), ("same-origin", 200), ("none", 200)] {
            let stream = ana.events(path, &[("sec-fetch-site", site)]).await;
            assert_eq!(stream.status(), status, "{path} from {site}");
        }
        assert_eq!(ana.events(path, &[]).await.status(), 200, "{path} by an older browser");
    }
}

#[tokio::test]
async fn every_server_function_refuses_strangers() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    let room = app.general.to_string();
    for (name, query) in [
        ("overview", vec![]),
        ("room", vec![("address", "general")]),
        ("direct", vec![("username", "ana")]),
        ("directory", vec![]),
        ("my_rooms", vec![("after", "1:1")]),
        ("history", vec![("room", room.as_str()), ("before", "9")]),
        ("find_people", vec![("query", "an")]),
    ] {
        stranger.read(name, &query).await.expect(401);
    }
    let cid = uuid::Uuid::now_v7().to_string();
    for (name, form) in [
        ("create_room", vec![("name", "x".to_owned())]),
        ("join_room", vec![("room", room.clone())]),
        ("leave_room", vec![("room", room.clone())]),
        ("post_message", vec![("cid", cid), ("room", room.clone()), ("text", "x".to_owned())]),
    ] {
        stranger.post(name, &form).await.expect(401);
    }
}

#[tokio::test]
async fn strangers_are_led_to_the_sign_in_page() {
    let app = TestApp::start().await;
    let stranger = app.anonymous();
    for (path, location) in [
        ("/", "/login?redirect=%2F"),
        ("/rooms/general?before=7", "/login?redirect=%2Frooms%2Fgeneral%3Fbefore%3D7"),
        ("/rooms/no-such-room", "/login?redirect=%2Frooms%2Fno-such-room"),
    ] {
        let answer = stranger.get(path).await.expect(303);
        assert_eq!(answer.location(), location);
    }
    stranger.get("/no/such/page").await.expect(404);
}

#[tokio::test]
async fn a_refused_plain_form_comes_back_with_what_was_typed() {
    let app = TestApp::start().await;
    let mut form = crate::support::registration("a");
    form[1].1 = "Zoë <b>".to_owned();
    let page = app.anonymous().submit("/register", "register", &form).await.expect(422);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text.contains("Zoë &lt;b"), "the name is kept, escaped");
    assert!(!page.text.contains("a long password"), "passwords are not");

    let ana = app.user("ana").await;
    let endless = crate::support::message(app.general, &format!("</textarea><b>{}", "é".repeat(5_000)));
    let page = ana.submit("/rooms/general", "post_message", &endless).await.expect(422);
    assert!(page.text.contains("&lt;/textarea&gt;&lt;b&gt;éé"), "the draft is kept, escaped");
    assert!(!page.text.contains("</textarea><b>"));
}

#[tokio::test]
async fn a_huge_body_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for length in [70_000, 200_000] {
        let refused = ana.say(app.general, &"x".repeat(length)).await.expect(413);
        assert_eq!(refused.json()["max"], 65_536);
    }
}

#[tokio::test]
async fn preferences_are_cookies_with_known_values() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let form = [("language", "pt-BR".to_owned()), ("theme", "dark".to_owned())];
    client.submit("/login", "preferences", &form).await.expect(303);
    let page = client.get("/login").await.expect(200);
    assert!(page.text.contains(r#"lang="pt-BR""#) && page.text.contains(r#"data-theme="dark""#));
    client.post("preferences", &[("language", "xx; Domain=evil".to_owned())]).await.expect(422);
}

#[tokio::test]
async fn ready_tells_each_part() {
    for app in [TestApp::start().await, TestApp::start_on_postgres().await] {
        let ready = app.anonymous().get("/ready").await.expect(200).json();
        for part in ["database", "writer", "disk", "accepting"] {
            assert_eq!(ready[part], true, "{part}");
        }
    }
}
