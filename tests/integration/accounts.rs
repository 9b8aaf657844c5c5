//! Registering, signing in and out.

use crate::support::{Client, TestApp};

fn registration(username: &str) -> Vec<(&'static str, String)> {
    crate::support::registration(username)
}

fn with(username: &str, field: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut form = registration(username);
    form.retain(|(name, _)| *name != field);
    form.push((field, value.to_owned()));
    form
}

async fn sign_in(client: &Client, login: &str, password: &str) -> u16 {
    client.post("sign_in", &[("login", login.into()), ("password", password.into())]).await.status
}

#[tokio::test]
async fn a_new_user_is_signed_in_and_in_general() {
    let app = TestApp::start().await;
    let ana = app.user("Ana").await;
    let overview = ana.read("overview", &[]).await.expect(200).json();
    assert_eq!(overview["me"]["username"], "Ana");
    assert_eq!(overview["rooms"][0]["slug"], "general");
}

#[tokio::test]
async fn one_signs_in_by_user_name_or_email_whatever_the_case() {
    let app = TestApp::start().await;
    app.user("Ana").await;
    for login in ["ana", "ANA", "Ana@Example.org"] {
        assert_eq!(sign_in(&app.anonymous(), login, "a long password").await, 200, "{login}");
    }
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_are_alike() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let form = |login: &str| [("login", login.to_owned()), ("password", "not this one".to_owned())];
    let known = app.anonymous().post("sign_in", &form("ana")).await.expect(422);
    let unknown = app.anonymous().post("sign_in", &form("nobody")).await.expect(422);
    assert_eq!(known.text, unknown.text);
    assert_eq!(known.reason("login").as_deref(), Some("wrong_credentials"));
}

#[tokio::test]
async fn each_rule_is_refused_beside_its_field() {
    let app = TestApp::start().await;
    app.user("ana").await;
    for (field, value, reason) in [
        ("username", "ab", "too_short"),
        ("username", "ANA", "taken"),
        ("username", "a b c", "malformed"),
        ("name", " ", "missing"),
        ("email", "ANA@example.org", "taken"),
        ("email", "nowhere", "malformed"),
        ("birth_date", "2999-01-01", "out_of_range"),
        ("password", "short", "too_short"),
        ("password_again", "another password", "mismatch"),
    ] {
        let answer = app.anonymous().post("register", &with("bea", field, value)).await.expect(422);
        assert_eq!(answer.reason(field).as_deref(), Some(reason), "{field} = {value:?}");
    }
    assert_eq!(sign_in(&app.anonymous(), "bea", "a long password").await, 422, "nothing was made");
}

#[tokio::test]
async fn the_eleventh_wrong_password_waits() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let client = app.anonymous();
    for _ in 0..10 {
        assert_eq!(sign_in(&client, "ana", "not this one").await, 422);
    }
    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    let refused = client.post("sign_in", &form).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn each_sign_in_has_a_session_of_its_own_and_the_old_one_ends() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let before = ana.cookies();
    assert_eq!(sign_in(&ana, "ana", "a long password").await, 200);
    assert_ne!(before, ana.cookies());
    let stale = app.anonymous();
    let headers = [("cookie", before.as_str()), ("origin", app.origin.as_str())];
    assert_eq!(stale.post_from("leave_room", &headers, &[("room", "1".into())]).await.status, 401);
}

#[tokio::test]
async fn after_signing_out_the_session_is_over() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut live = ana.live().await;
    live.until("hello").await;
    ana.post("sign_out", &[]).await.expect(200);
    assert_eq!(live.closed().await, 4001);
    ana.read("overview", &[]).await.expect(401);
}

#[tokio::test]
async fn a_foreign_return_address_is_not_followed() {
    let app = TestApp::start().await;
    app.user("ana").await;
    for (redirect, location) in
        [("/rooms/general", "/rooms/general"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        let form = [
            ("login", "ana".to_owned()),
            ("password", "a long password".to_owned()),
            ("redirect", redirect.to_owned()),
        ];
        let answer = app.anonymous().submit("/login", "sign_in", &form).await.expect(303);
        assert_eq!(answer.location(), location);
    }
}

#[tokio::test]
async fn the_first_link_makes_the_administrator_once() {
    let app = TestApp::start_with(&["--registration", "closed"]).await;
    let closed = app.anonymous().post("register", &registration("ana")).await.expect(422);
    assert_eq!(closed.reason("").as_deref(), Some("registration_closed"));

    let secret = app.setup.clone().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let ana = app.anonymous();
    ana.post("register", &with("ana", "setup", &secret)).await.expect(200);
    assert_eq!(ana.read("overview", &[]).await.json()["me"]["role"], "administrator");
    let spent = app.anonymous().post("register", &with("bea", "setup", &secret)).await.expect(422);
    assert_eq!(spent.reason("").as_deref(), Some("link_spent"));
}

#[tokio::test]
async fn a_spent_or_wrong_link_makes_nobody_anything_and_its_page_says_so() {
    let app = TestApp::start().await;
    let link = app.setup.clone().unwrap();
    let secret = link.rsplit_once('=').unwrap().1.to_owned();
    let page = app.anonymous().get(&link).await.expect(200).text;
    assert!(page.contains("will be the administrator") && page.contains("name=\"password\""), "{page}");
    app.anonymous().post("register", &with("ana", "setup", &secret)).await.expect(200);
    for link in [link.as_str(), "/register?setup=wrong"] {
        for (language, words) in [("en", "link has already been used"), ("pt-BR", "link já foi usado")] {
            let visitor = app.anonymous();
            let request = visitor.request("GET", link).header("accept-language", language);
            let page = visitor.ask(request).await.expect(200).text;
            assert!(page.contains(words) && !page.contains("name=\"password\""), "{link}: {page}");
            assert!(!page.contains("will be the administrator"), "{link}");
        }
        let secret = link.rsplit_once('=').unwrap().1;
        let refused = app.anonymous().post("register", &with("bea", "setup", secret)).await.expect(422);
        assert_eq!(refused.reason("").as_deref(), Some("link_spent"), "also where anyone may register");
    }
    app.anonymous().post("register", &registration("bea")).await.expect(200);
}

#[tokio::test]
async fn a_closed_registration_has_no_form_and_no_link() {
    for (policy, is_open) in [("open", true), ("closed", false), ("invite", false)] {
        let app = TestApp::start_with(&["--registration", policy]).await;
        let sign_in = app.anonymous().get("/login").await.expect(200).text;
        assert_eq!(sign_in.contains("href=\"/register"), is_open, "{policy}");
        let register = app.anonymous().get("/register").await.expect(200).text;
        assert_eq!(register.contains("name=\"password\""), is_open, "{policy}");
        assert_eq!(register.contains("does not take new accounts"), !is_open, "{policy}");
        // The first administrator's link works all the same.
        let link = app.anonymous().get(&app.setup.clone().unwrap()).await.expect(200).text;
        assert!(link.contains("name=\"password\""), "{policy}");
    }
}

#[tokio::test]
async fn an_account_may_have_no_password_and_no_email() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let app = TestApp::start_in(data).await;
    let (ana, bot) = (app.user("ana").await, app.user("bot").await);
    let program = app.personal(&bot, "read").await;
    rusqlite::Connection::open(folder.path().join("papo.db"))
        .unwrap()
        .execute_batch(
            "update users set email = null;
             update users set kind = 'bot', password_hash = null where username = 'bot'",
        )
        .unwrap();
    for password in ["a long password", "", "hash"] {
        let form = [("login", "bot".to_owned()), ("password", password.to_owned())];
        let refused = app.anonymous().post("sign_in", &form).await.expect(422);
        assert_eq!(refused.reason("login").as_deref(), Some("wrong_credentials"));
        let wish = serde_json::json!({ "login": "bot", "password": password });
        app.anonymous().rest("POST", "/api/tokens", wish).await.expect(422);
    }
    let me = program.rest("GET", "/api/me", serde_json::Value::Null).await.expect(200).json();
    assert_eq!((&me["username"], &me["email"]), (&"bot".into(), &serde_json::Value::Null));
    let page = ana.get("/settings").await.expect(200).text;
    assert!(page.contains("account-name") && !page.contains("ana@example.org"), "{page}");
    assert!(app.papo(&["user", "list"]).await.contains("\tbot\tnone\t"));
    assert!(app.papo(&["user", "show", "ana"]).await.contains("e-mail     none"));
}

/// Whoever takes a name that looks like somebody's is told apart on the page, before any script runs.
#[tokio::test]
async fn names_that_look_alike_stand_with_their_user_names() {
    let app = TestApp::start().await;
    let (bea, ana) = (app.user("bea").await, app.user("ana").await);
    let twin = app.anonymous();
    let mut form = registration("mallory");
    form[1].1 = "аna".to_owned();
    twin.post("register", &form).await.expect(200);
    for client in [&ana, &twin] {
        let message = serde_json::json!({ "text": "hello" });
        client.rest("POST", "/api/rooms/general/messages", message).await.expect(201);
    }
    let page = bea.get("/rooms/general").await.expect(200).text;
    let authors: Vec<&str> =
        page.split("class=\"author\"").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert!(authors.iter().any(|author| author.contains("ana (@ana)")), "{authors:?}");
    assert!(authors.iter().any(|author| author.contains("аna (@mallory)")), "{authors:?}");
}
