//! Hosts and origins: with a public URL it is the only name of the server.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, registration};

const URL: &str = "https://chat.example.org";
const HOST: &str = "chat.example.org";

async fn public_app() -> TestApp {
    TestApp::start_with(&["--public-url", URL]).await
}

/// A form from a page of `origin`, asked of `host`.
async fn submit(client: &Client, path: &str, from: (&str, &str), form: &[(&str, String)]) -> Answer {
    let request = client.request_from(from.1, "POST", path).header("host", from.0);
    client.ask(request.form(form)).await
}

async fn ask(client: &Client, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.rest_with(method, path, headers, "").await
}

/// A handshake by a cookie.
async fn upgrade(client: &Client, path: &str, cookie: &str, headers: &[(&str, &str)]) -> u16 {
    let fixed = [
        ("cookie", cookie),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let headers: Vec<_> = fixed.iter().chain(headers).copied().collect();
    client.handshake(path, &headers).await
}

#[tokio::test]
async fn with_a_public_url_no_other_host_is_answered() {
    let app = public_app().await;
    let client = app.anonymous();
    for path in ["/health", "/ready"] {
        client.get(path).await.expect(200);
    }
    for host in ["127.0.0.1:3000", "evil.example", "chat.example.org:8443", "www.chat.example.org"] {
        for path in [
            "/",
            "/login",
            "/no/page",
            "/api/me",
            "/api/live",
            "/socket.io/?EIO=4&transport=polling",
            "/pkg/x",
        ] {
            let refused = ask(&client, "GET", path, &[("host", host)]).await.expect(421);
            assert_eq!(
                (&refused.json()["code"], &refused.json()["address"]),
                (&json!("wrong_host"), &json!(URL))
            );
        }
        let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
        for path in ["/fn/sign_in", "/login"] {
            submit(&client, path, (host, &format!("https://{host}")), &form).await.expect(421);
        }
    }
    let page =
        ask(&client, "GET", "/login", &[("host", "evil.example"), ("accept", "text/html")]).await.expect(421);
    assert!(page.text.contains(URL) && page.text.starts_with("<!DOCTYPE html>"), "{}", page.text);
    assert!(page.headers.contains_key("content-security-policy") && !page.headers.contains_key("location"));
    for host in [HOST, "CHAT.example.org", "chat.example.org:443"] {
        ask(&client, "GET", "/login", &[("host", host)]).await.expect(200);
        ask(&client, "GET", "/api/me", &[("host", host)]).await.expect(401);
    }
}

#[tokio::test]
async fn with_a_public_url_only_its_own_pages_write_and_connect() {
    let app = public_app().await;
    let client = app.anonymous();
    let others =
        ["http://chat.example.org", "https://evil.example", "https://chat.example.org.evil.example", "null"];
    let form = registration("ana");
    for origin in others {
        for path in ["/fn/register", "/fn/sign_in", "/login", "/cadastrar", "/api/tokens", "/api/live"] {
            let refused = submit(&client, path, (HOST, origin), &form).await.expect(403);
            assert_eq!(refused.json()["code"], "wrong_origin", "{path} from {origin}");
            assert_eq!(refused.json()["address"], URL);
        }
    }
    let signed_in = submit(&client, "/fn/register", (HOST, URL), &form).await.expect(200);
    let mut cookies = signed_in.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let cookie = cookies.rfind(|line| line.starts_with("__Host-papo=")).unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let by_cookie = ("cookie", cookie.as_str());
    ask(&client, "GET", "/api/me", &[("host", HOST), by_cookie]).await.expect(200);
    for path in ["/api/live", "/ws"] {
        assert_eq!(upgrade(&client, path, &cookie, &[("host", HOST), ("origin", URL)]).await, 101, "{path}");
        for origin in others {
            assert_eq!(
                upgrade(&client, path, &cookie, &[("host", HOST), ("origin", origin)]).await,
                403,
                "{path}"
            );
        }
        assert_eq!(upgrade(&client, path, &cookie, &[("host", HOST)]).await, 403, "{path} without an origin");
    }
    for path in ["/api/events", "/chat/stream", "/socket.io/?EIO=4&transport=polling"] {
        for origin in others {
            ask(&client, "GET", path, &[("host", HOST), by_cookie, ("origin", origin)]).await.expect(403);
        }
        ask(&client, "GET", path, &[("host", HOST), by_cookie, ("origin", URL)]).await.expect(200);
    }
    let write = [("host", HOST), by_cookie, ("origin", URL)];
    ask(&client, "POST", "/api/tickets", &write).await.expect(201);
    let site = [("host", HOST), by_cookie, ("origin", URL), ("sec-fetch-site", "same-site")];
    ask(&client, "POST", "/api/tickets", &site).await.expect(403);
}

/// A browser that is not signed in writes too: as somebody else, if another page could choose who.
#[tokio::test]
async fn a_foreign_page_signs_nobody_in() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let client = app.anonymous();
    let form = [("login", "ana".to_owned()), ("password", "a long password".to_owned())];
    let old = [("username", "ana".to_owned()), ("password", "a long password".to_owned())];
    for origin in ["https://evil.example", "null", "http://", ""] {
        submit(&client, "/fn/sign_in", (&app.origin[7..], origin), &form).await.expect(403);
        submit(&client, "/login", (&app.origin[7..], origin), &old).await.expect(403);
    }
    // The same origin, told by a page that browsers call another site's.
    let site = [("origin", app.origin.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(client.post_from("sign_in", &site, &form).await.status, 403);
    client.post("sign_in", &form).await.expect(200);
}

#[tokio::test]
async fn a_refused_form_is_told_in_words() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let request =
        client.request_from("https://chat.example.org", "POST", "/fn/sign_in").header("accept", "text/html");
    let page =
        client.ask(request.header("accept-language", "pt-BR").form(&[("login", "x")])).await.expect(403);
    assert!(
        page.text.contains("Avise quem cuida dele") && page.text.contains("lang=\"pt-BR\""),
        "{}",
        page.text
    );
    let answer =
        client.post_from("sign_in", &[("origin", "https://chat.example.org")], &[]).await.expect(403);
    assert_eq!((&answer.json()["code"], &answer.json()["address"]), (&json!("wrong_origin"), &Value::Null));
}

#[tokio::test]
async fn https_is_asked_of_this_host_only() {
    for (options, policy) in [
        (&["--public-url", URL][..], Some("max-age=63072000")),
        (&["--public-url", URL, "--hsts-subdomains"], Some("max-age=63072000; includeSubDomains")),
        (&["--public-url", "http://chat.example.org"], None),
        (&[], None),
    ] {
        let app = TestApp::start_with(options).await;
        let page = ask(&app.anonymous(), "GET", "/login", &[("host", HOST)]).await.expect(200);
        let told = page.headers.get("strict-transport-security").map(|line| line.to_str().unwrap());
        assert_eq!(told, policy, "{options:?}");
    }
}
