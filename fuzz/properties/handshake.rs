//! The way from HTTP to a WebSocket.

use super::{header_value, parts, server::Server};

const NAMES: [&str; 6] = [
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Connection",
    "Upgrade",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
];
const PROPER: [&[u8]; 6] = [b"cGFwbyBoYXJuZXNzIGtleQ==", b"13", b"Upgrade", b"websocket", b"", b""];

/// A handshake of the signed-in user; where nothing is found, what is proper stands. None may be answered 101 that
/// has no proper key.
pub async fn check(server: &Server, data: &[u8]) {
    let address = server.address;
    let mut request =
        format!("GET /api/live HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n{}", server.cookie)
            .into_bytes();
    let mut key = Vec::new();
    for ((name, proper), found) in NAMES.iter().zip(PROPER).zip(parts::<6>(data)) {
        let value = if found.is_empty() { proper.to_vec() } else { header_value(found) };
        if *name == "Sec-WebSocket-Key" {
            key.clone_from(&value);
        }
        if !value.is_empty() {
            request.extend_from_slice(format!("{name}: ").as_bytes());
            request.extend(value);
            request.extend_from_slice(b"\r\n");
        }
    }
    // A refused handshake leaves the connection open for the next request, which ends it; for an accepted one it is
    // a frame that is malformed.
    request.extend_from_slice(
        format!("\r\nGET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    let answer = server.ask(&request).await;
    if answer.status == 101 {
        let key = key.trim_ascii();
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
        let is_proper = key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(is_base64);
        assert!(is_proper, "101 for the key {:?}", String::from_utf8_lossy(key));
    }
}
