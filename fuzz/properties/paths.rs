//! Addresses, and the addresses that a sign-in leads on to.

use papo::server::context::own_path;

use super::{percent_encode, server::Server};

/// The page at this address, as a member and as a stranger.
pub async fn check(server: &Server, data: &[u8]) {
    let address = server.address;
    let found = percent_encode(data).replace("%2F", "/");
    for (path, cookie) in [
        (format!("/{found}"), server.cookie.as_str()),
        (format!("/rooms/{found}"), &server.cookie),
        (format!("/dm/{found}"), &server.cookie),
        (format!("/login?redirect={found}"), &server.cookie),
        (format!("/fn/{found}"), ""),
        (format!("/pkg/{found}"), ""),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{cookie}\r\n");
        let answer = server.ask(request.as_bytes()).await;
        if let Some(location) = answer.header("location") {
            assert_own(location);
        }
    }
    assert_own(&own_path(&String::from_utf8_lossy(data), "/"));
}

/// Fails unless a browser that follows `path` stays on the same origin.
fn assert_own(path: &str) {
    assert!(path.starts_with('/'), "{path:?} leads away");
    assert!(
        path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'),
        "{path:?} is read in several ways"
    );
    // As a browser takes `.` and `..` out of a path; what is left must not begin with two slashes.
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split(['?', '#']).next().unwrap_or_default().split('/').skip(1) {
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    assert!(kept.len() < 2 || !kept[0].is_empty(), "{path:?} leads to another host");
}
