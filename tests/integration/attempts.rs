//! Guessing passwords and making accounts in numbers: it is slow, and keeps nobody else out.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;

use crate::support::{Answer, Client, TestApp, registration};

const PASSWORD: &str = "a long password";
const STRANGER: &str = "198.51.100.1";
const ELSEWHERE: &str = "198.51.100.2";

/// Signs in as a proxy on this machine does for a browser at `address`.
async fn sign_in(client: &Client, address: &str, login: &str, password: &str) -> Answer {
    let headers = [("origin", &*client.origin), ("x-forwarded-for", address)];
    let form = [("login", login.to_owned()), ("password", password.to_owned())];
    client.post_from("sign_in", &headers, &form).await
}

async fn get_token(client: &Client, address: &str, login: &str, password: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
    let wish = json!({ "login": login, "password": password }).to_string();
    client.rest_with("POST", "/api/tokens", &headers, wish).await
}

#[tokio::test]
async fn a_strangers_guesses_keep_out_the_stranger_alone() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for n in 0..10 {
        let guess = format!("guess number {n}");
        if n % 2 == 0 {
            sign_in(&app.anonymous(), STRANGER, "ana", &guess).await.expect(422);
        } else {
            get_token(&app.anonymous(), STRANGER, "ana", &guess).await.expect(422);
        }
    }
    let refused = sign_in(&app.anonymous(), STRANGER, "ana", PASSWORD).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
    get_token(&app.anonymous(), STRANGER, "ana", PASSWORD).await.expect(429);
    // With a port, as some proxies write it: another address.
    sign_in(&app.anonymous(), &format!("{ELSEWHERE}:4711"), "ana", PASSWORD).await.expect(200);
    get_token(&app.anonymous(), "[2001:db8::7]:4711", "ana", PASSWORD).await.expect(201);
    ana.post("sign_out", &[]).await.expect(200);
    sign_in(&ana, STRANGER, "ana", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn user_name_and_email_are_one_account() {
    let app = TestApp::start().await;
    app.user("ana").await;
    for n in 0..10 {
        let login = ["ana", "Ana@Example.org", " ANA "][n % 3];
        sign_in(&app.anonymous(), STRANGER, login, "not this one").await.expect(422);
    }
    for login in ["ana", "ana@example.org"] {
        sign_in(&app.anonymous(), STRANGER, login, PASSWORD).await.expect(429);
    }
}

#[tokio::test]
async fn a_login_longer_than_any_is_nobodys() {
    let app = TestApp::start().await;
    for _ in 0..60 {
        let answer = sign_in(&app.anonymous(), STRANGER, &"a".repeat(60_000), "guess").await.expect(422);
        assert_eq!(answer.reason("login").as_deref(), Some("wrong_credentials"));
    }
    let before: usize = app.shared.auth.throttle.sizes().iter().map(|size| size.entries).sum();
    assert_eq!(before, 0, "nothing is kept of it");
}

#[tokio::test]
async fn twenty_right_sign_ins_at_once_all_succeed() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let app = &app;
    let all = (0..20).map(|_| async move {
        loop {
            let answer = sign_in(&app.anonymous(), STRANGER, "ana", PASSWORD).await;
            // On a machine that is busy otherwise.
            if answer.status != 503 {
                return answer.status;
            }
        }
    });
    assert_eq!(futures_util::future::join_all(all).await, [200; 20]);
}

#[tokio::test]
async fn of_twenty_wrong_ones_at_once_ten_are_checked() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let app = &app;
    let all = (0..20).map(|_| async move {
        loop {
            let answer = sign_in(&app.anonymous(), STRANGER, "ana", "not this one").await;
            if answer.status != 503 {
                return answer.status;
            }
        }
    });
    let statuses = futures_util::future::join_all(all).await;
    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(422), count(429)), (10, 10), "{statuses:?}");
}

#[tokio::test]
async fn registering_a_name_that_is_taken_keeps_nobody_from_signing_in() {
    // Even where the number of attempts does not end it.
    let app = TestApp::start_with(&[
        "--limits",
        "registration_attempts_per_address=1000000,stranger_requests_burst=1000000",
    ])
    .await;
    app.user("ana").await;
    let done = Arc::new(AtomicBool::new(false));
    let flood: Vec<_> = (0..100)
        .map(|_| {
            let (client, done) = (app.anonymous(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    client.post("register", &registration("ana")).await.expect(422);
                }
            })
        })
        .collect();
    for _ in 0..51 {
        sign_in(&app.anonymous(), ELSEWHERE, "ana", PASSWORD).await.expect(200);
    }
    done.store(true, Ordering::Relaxed);
    for task in flood {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn accounts_are_made_so_many_from_one_address_by_all_doors_together() {
    let app = TestApp::start_with(&["--limits", "registrations_burst=3,registrations_per_address=1"]).await;
    let by_form = async |name: &str, address: &str| {
        let headers = [("origin", &*app.origin), ("x-forwarded-for", address)];
        app.anonymous().post_from("register", &headers, &registration(name)).await.status
    };
    let by_rest = async |name: &str, address: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        let email = format!("{name}@example.org");
        let wish = json!({ "username": name, "name": name, "email": email, "password": PASSWORD });
        app.anonymous().rest_with("POST", "/api/users", &headers, wish.to_string()).await.status
    };
    let by_widget = async |name: &str, address: &str| {
        let client = app.anonymous();
        let request = client.request("POST", "/cadastrar").header("x-forwarded-for", address);
        let email = format!("{name}@example.org");
        let form = [("nome", name), ("email", &email), ("senha", PASSWORD), ("confirmar_senha", PASSWORD)];
        client.ask(request.form(&form)).await.location().to_owned()
    };
    assert_eq!(by_form("one", STRANGER).await, 200);
    assert_eq!(by_rest("two", STRANGER).await, 201);
    // What is not made does not count.
    assert_eq!(by_rest("two", STRANGER).await, 422);
    assert_eq!(by_widget("three", STRANGER).await, "/home");
    assert_eq!(by_form("four", STRANGER).await, 429);
    assert_eq!(by_rest("four", STRANGER).await, 429);
    assert_eq!(by_widget("four", STRANGER).await, "/cadastrar");
    assert_eq!(by_form("four", ELSEWHERE).await, 200);
}

#[tokio::test]
async fn whether_names_are_taken_is_not_told_without_end() {
    let app = TestApp::start_with(&["--limits", "registration_attempts_per_address=5"]).await;
    app.user("ana").await;
    let mut told = 0;
    while app.anonymous().post("register", &registration("ana")).await.status == 422 {
        told += 1;
    }
    assert_eq!(told, 4);
}

#[tokio::test]
async fn a_rooms_password_is_guessed_three_times_by_a_new_account() {
    let app = TestApp::start().await;
    let (ana, bea) = (app.user("ana").await, app.user("bea").await);
    let form = [("name", "Secrets".to_owned()), ("password", "open sesame".to_owned())];
    ana.post("create_room", &form).await.expect(200);
    let room = ana.fetch("/api/channels/secrets").await["id"].to_string();
    let guess = |password: &str| [("room", room.clone()), ("password", password.to_owned())];
    // Nothing is no guess.
    for _ in 0..5 {
        bea.post("join_room", &guess("")).await.expect(422);
    }
    for _ in 0..3 {
        bea.post("join_room", &guess("open barley")).await.expect(422);
    }
    bea.post("join_room", &guess("open sesame")).await.expect(429);
    app.user("eva").await.post("join_room", &guess("open sesame")).await.expect(200);
}
