//! Sessions: how they are kept, how many there are, and how long they last.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Client, TestApp, registration};

const PASSWORD: &str = "a long password";

async fn sign_in(client: &Client) {
    let form = [("login", "ana".to_owned()), ("password", PASSWORD.to_owned())];
    client.post("sign_in", &form).await.expect(200);
}

fn cookie(client: &Client, name: &str) -> String {
    let cookies = client.cookies();
    let found = cookies.split("; ").find_map(|cookie| cookie.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {cookies}")).to_owned()
}

/// Everything that the database wrote, those rows too that are gone.
fn written(folder: &std::path::Path) -> String {
    let files = ["papo.db", "papo.db-wal"].map(|name| std::fs::read(folder.join(name)).unwrap_or_default());
    String::from_utf8_lossy(&files.concat()).into_owned()
}

#[tokio::test]
async fn the_database_holds_nothing_that_opens_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_in(folder.path().to_str().unwrap()).await;
    let (ana, other) = (app.user("ana").await, app.anonymous());
    sign_in(&other).await;
    let program = app.log_in("ana").await;
    program.rest("POST", "/api/tickets", Value::Null).await.expect(201);
    ana.rest("POST", "/api/tickets", Value::Null).await.expect(201);
    let claims = program.token().split('.').nth(1).map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let sid = serde_json::from_slice::<Value>(&claims.unwrap()).unwrap()["sid"].clone();
    let secrets = [cookie(&ana, "papo"), cookie(&other, "papo"), sid.as_str().unwrap().to_owned()];
    other.post("sign_out", &[]).await.expect(200);

    let listed = ana.fetch("/api/sessions").await;
    let written = written(folder.path());
    for session in listed["items"].as_array().unwrap() {
        assert!(written.contains(session["id"].as_str().unwrap()), "what a session is known by is there");
    }
    for secret in secrets {
        assert!(!written.contains(&secret), "{secret}");
    }
}

#[tokio::test]
async fn sessions_of_an_older_database_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let app = TestApp::start_in(path).await;
    let (ana, program) = (app.user("ana").await, app.log_in("ana").await);
    let id = cookie(&ana, "papo");
    app.stopped().await;
    // As it was stored before.
    let db = rusqlite::Connection::open(folder.path().join("papo.db")).unwrap();
    let renamed = db.execute("update sessions set id = ?1 where id not like 'login:%'", [&id]).unwrap();
    assert_eq!(renamed, 1);
    drop(db);
    let app = TestApp::start_in(path).await;
    ana.at(&app.origin).read("overview", &[]).await.expect(200);
    Client::bearing(&app.origin, &program.token()).rest("GET", "/api/me", Value::Null).await.expect(200);
}

#[tokio::test]
async fn one_session_more_than_a_user_may_have_ends_the_first() {
    let app = TestApp::start_with(&["--limits", "sessions_per_user=3"]).await;
    let first = app.user("ana").await;
    let bot = app.log_in("ana").await;
    let mut live = first.live().await;
    live.until("hello").await;
    let others = [app.anonymous(), app.anonymous(), app.anonymous()];
    for (n, other) in others.iter().enumerate() {
        first.read("overview", &[]).await.expect(200);
        sign_in(other).await;
        assert_eq!(other.fetch("/api/sessions").await["items"].as_array().unwrap().len(), (n + 3).min(4));
    }
    assert_eq!(live.closed().await, 4001);
    first.read("overview", &[]).await.expect(401);
    for other in &others {
        other.read("overview", &[]).await.expect(200);
    }
    for _ in 0..3 {
        app.log_in("ana").await;
    }
    bot.rest("GET", "/api/me", Value::Null).await.expect(401);
    others[0].read("overview", &[]).await.expect(200);
}

/// Else a page of a neighbouring host could sign a browser in to an account of its choice, past `__Host-`.
#[tokio::test]
async fn a_session_counts_under_its_plain_name_only() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let session = cookie(&ana, "papo");
    for (name, status) in [("papo", 200), ("%70apo", 401), ("pap%6F", 401)] {
        let cookie = format!("papo_theme=dark; {name}={session}");
        let answer = app.anonymous().rest_with("GET", "/api/me", &[("cookie", &cookie)], "").await;
        assert_eq!(answer.status, status, "{name}");
    }
}

#[tokio::test]
async fn an_administrator_is_signed_out_after_half_a_day_and_others_after_two_weeks() {
    let app = TestApp::start().await;
    let mut form = registration("ana");
    form.push(("setup", app.setup.as_ref().unwrap().rsplit_once('=').unwrap().1.to_owned()));
    let administrator = app.anonymous().post("register", &form).await.expect(200);
    let member = app.anonymous().post("register", &registration("bea")).await.expect(200);
    for (answer, seconds) in [(administrator, 12 * 60 * 60), (member, 14 * 24 * 60 * 60)] {
        let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
        let line = lines.into_iter().find(|line| line.starts_with("papo=")).unwrap();
        // The second in which it was made may have passed.
        let age: i64 = line.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
        assert!((seconds - 60..=seconds).contains(&age), "{line}");
    }
}

#[tokio::test]
async fn a_weak_hash_is_replaced_at_the_next_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_in(folder.path().to_str().unwrap()).await;
    app.user("ana").await;
    let db = rusqlite::Connection::open(folder.path().join("papo.db")).unwrap();
    let hash = || db.query_row("select password_hash from users", [], |row| row.get::<_, String>(0)).unwrap();
    // "a long password" with the least memory and one pass.
    let weak = weak_hash(PASSWORD);
    db.execute("update users set password_hash = ?1", [&weak]).unwrap();
    let wish = json!({ "login": "ana", "password": "not this one" });
    app.anonymous().rest("POST", "/api/tokens", wish).await.expect(422);
    assert_eq!(hash(), weak);
    let program = app.log_in("ana").await;
    assert!(hash().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash());
    program.rest("GET", "/api/me", Value::Null).await.expect(200);
    let strong = hash();
    sign_in(&app.anonymous()).await;
    assert_eq!(hash(), strong, "once");
}

fn weak_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    weak.hash_password(password.as_bytes()).unwrap().to_string()
}
