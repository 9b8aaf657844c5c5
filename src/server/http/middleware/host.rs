//! `Host`: each request names exactly one, as RFC 9112 (section 3.2) asks.

use std::net::Ipv6Addr;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::error::{AppError, Reason};

/// Refuses a request whose `Host` is missing, doubled or malformed. Only HTTP/1.0 knows requests without one.
pub(in crate::server::http) async fn require_host(request: Request, next: Next) -> Response {
    let reason = match fault(request.headers()) {
        None => return next.run(request).await,
        Some(Reason::Missing) if request.version() < Version::HTTP_11 => return next.run(request).await,
        Some(reason) => reason,
    };
    if request.uri().path().starts_with("/api") {
        return AppError::malformed("host", reason).into_response();
    }
    (StatusCode::BAD_REQUEST, "The request must name one host.\n").into_response()
}

fn fault(headers: &HeaderMap) -> Option<Reason> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let Some(host) = hosts.next() else { return Some(Reason::Missing) };
    let is_fine = hosts.next().is_none() && host.to_str().is_ok_and(is_host);
    (!is_fine).then_some(Reason::Malformed)
}

/// Whether this is a name or an address, perhaps with a port.
fn is_host(text: &str) -> bool {
    let (is_named, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return false,
        Some(Some((address, port))) => (address.parse::<Ipv6Addr>().is_ok(), port),
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            (!name.is_empty() && name.bytes().all(is_known), port)
        }
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    is_named && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for host in [
            "a",
            "chat.example.org",
            "chat.example.org.",
            "a_b:80",
            "a:",
            "127.0.0.1:3000",
            "[::1]",
            "[2001:db8::1]:65535",
        ] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "", " ", "a b", "a,b", "a/b", "user@a", "a:b", "a:+80", "a:65536", ":80", "::1", "[::1", "[a]",
            "[::1]80", "é", "a\u{7f}", "a:80:80", "http://a",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn there_is_exactly_one() {
        let fault = |hosts: &[&'static str]| {
            fault(&hosts.iter().map(|host| (header::HOST, host.parse().unwrap())).collect())
        };
        assert_eq!(fault(&[]), Some(Reason::Missing));
        assert_eq!(fault(&["a"]), None);
        assert_eq!(fault(&["a", "a"]), Some(Reason::Malformed));
    }
}
