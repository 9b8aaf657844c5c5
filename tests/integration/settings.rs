//! The settings page's forms for sessions and tokens, with and without script.

use serde_json::json;

use crate::support::{Client, TestApp};

fn wish(name: &str) -> Vec<(&'static str, String)> {
    vec![("name", name.to_owned()), ("scope", "read".to_owned()), ("expires_in_days", "30".to_owned())]
}

/// The token in a page.
fn token_in(page: &str) -> Option<String> {
    let rest = &page[page.find("value=\"papo_")? + "value=\"".len()..];
    Some(rest[..rest.find('"')?].to_owned())
}

#[tokio::test]
async fn without_script_a_new_token_is_shown_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let page = ana.submit("/settings", "create_token", &wish("my <bot>")).await.expect(200);
    assert_eq!(page.headers["cache-control"], "no-store");
    let token = token_in(&page.text).unwrap();
    assert_eq!(Client::bearing(&app.origin, &token).fetch("/api/me").await["username"], "ana");
    let again = ana.get("/settings").await.expect(200);
    assert!(again.text.contains("my &lt;bot") && !again.text.contains(&token));

    let refused = ana.submit("/settings", "create_token", &wish(" ")).await.expect(422);
    assert!(refused.text.contains("Please fill this in.") && token_in(&refused.text).is_none());
    let admin = [("name", "x".to_owned()), ("scope", "admin".to_owned())];
    ana.submit("/settings", "create_token", &admin).await.expect(403);
}

#[tokio::test]
async fn a_token_is_revoked_by_its_form() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let made = ana.post("create_token", &wish("bot")).await.expect(200).json();
    let program = Client::bearing(&app.origin, made["token"].as_str().unwrap());
    program.rest("GET", "/api/me", json!(null)).await.expect(200);
    let id = [("id", made["about"]["id"].to_string())];
    bea.post("revoke_token", &id).await.expect(404);
    let back = ana.submit("/settings", "revoke_token", &id).await.expect(303);
    assert!(back.location().contains("/settings"), "{}", back.location());
    program.rest("GET", "/api/me", json!(null)).await.expect(401);
    ana.post("revoke_token", &id).await.expect(404);
}

#[tokio::test]
async fn other_sessions_end_by_their_forms_and_this_one_stays() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (one, other) = (app.anonymous(), app.anonymous());
    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    for client in [&one, &other] {
        client.post("sign_in", &form).await.expect(200);
    }
    let sessions = ana.read("sessions", &[]).await.expect(200).json();
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    assert!(sessions.iter().all(|session| session["seen_at"].is_i64()));
    let cookies = [ana.cookies(), one.cookies(), other.cookies()];
    for session in sessions {
        let id = session["id"].as_str().unwrap();
        assert!(cookies.iter().all(|cookie| !cookie.contains(id)), "an id that opens nothing");
    }
    let latest = [("id", sessions[0]["id"].as_str().unwrap().to_owned())];
    app.user("bea").await.post("end_session", &latest).await.expect(404);
    ana.submit("/settings", "end_session", &latest).await.expect(303);
    other.read("overview", &[]).await.expect(401);
    let mut live = one.live().await;
    live.until("hello").await;
    ana.submit("/settings", "end_other_sessions", &[]).await.expect(303);
    assert_eq!(live.closed().await, 4001);
    one.read("overview", &[]).await.expect(401);
    assert_eq!(ana.read("sessions", &[]).await.expect(200).json().as_array().unwrap().len(), 1);
    app.anonymous().post("end_other_sessions", &[]).await.expect(401);
}
