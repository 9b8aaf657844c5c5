//! Headers that the server reads of every request.

use super::{header_value, parts, server::Server};

const NAMES: [&str; 7] = [
    "X-Forwarded-For",
    "Accept-Language",
    "Cookie",
    "X-Request-Id",
    "Origin",
    "Authorization",
    "Accept-Encoding",
];

/// A page with these headers, under the server's own name or under another.
pub async fn check(server: &Server, data: &[u8]) {
    let [host, values @ ..] = parts::<8>(data);
    let mut request = b"GET /login HTTP/1.1\r\nConnection: close\r\nHost: ".to_vec();
    match host {
        b"" => request.extend_from_slice(server.address.to_string().as_bytes()),
        host => request.extend(header_value(host)),
    }
    for (name, value) in NAMES.iter().zip(values) {
        if !value.is_empty() {
            request.extend_from_slice(format!("\r\n{name}: ").as_bytes());
            request.extend(header_value(value));
        }
    }
    request.extend_from_slice(b"\r\n\r\n");
    let answer = server.ask(&request).await;
    if let Some(id) = answer.header("x-request-id") {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        assert!(is_plain && id.len() <= 64, "a request id of {id:?}");
    }
}
