//! From an HTTP request to the bare socket (RFC 6455, section 4.2).

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use crate::{
    error::{AppError, Reason},
    server::http::listen::{Guarded, Seat},
};

/// How many bytes a client's key stands for.
const KEY_BYTES: usize = 16;

/// A handshake that can be answered.
pub(in crate::server::http) struct Upgrade {
    accept: HeaderValue,
    upgraded: OnUpgrade,
}

/// A request that is no handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::http) enum NoHandshake {
    /// It does not ask for a WebSocket of the version that is spoken here.
    NotAsked,
    /// Its key is missing or malformed.
    BadKey,
}

impl Upgrade {
    /// Takes the handshake out of a request.
    ///
    /// # Errors
    /// `NoHandshake` if it is not a proper one.
    pub(in crate::server::http) fn take(request: &mut Request) -> Result<Self, NoHandshake> {
        let headers = request.headers();
        let is_handshake = has(headers, header::CONNECTION, "upgrade")
            && has(headers, header::UPGRADE, "websocket")
            && has(headers, header::SEC_WEBSOCKET_VERSION, "13");
        if !is_handshake {
            return Err(NoHandshake::NotAsked);
        }
        let accept = accept(headers).ok_or(NoHandshake::BadKey)?;
        let upgraded = request.extensions_mut().remove().ok_or(NoHandshake::NotAsked)?;
        Ok(Self { accept, upgraded })
    }

    pub(in crate::server::http) fn answer(&self) -> Response<Body> {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = answer.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        answer
    }

    /// The bare socket, once the answer has left, its place, and what the client has sent since. The caller must end a
    /// peer that takes nothing.
    pub(in crate::server::http) async fn socket(self) -> Option<(TcpStream, Seat, Bytes)> {
        let (guarded, received) = self.guarded().await?;
        let (socket, seat) = guarded.into_parts();
        Some((socket, seat, received))
    }

    /// The same for a caller that leaves the deadline for writes to the socket.
    pub(in crate::server::http) async fn guarded(self) -> Option<(Guarded<TcpStream>, Bytes)> {
        let parts = self.upgraded.await.ok()?.downcast::<TokioIo<Guarded<TcpStream>>>().ok()?;
        let mut guarded = parts.io.into_inner();
        guarded.keep();
        Some((guarded, parts.read_buf))
    }
}

/// What answers the client's only key, if that is the base64 of 16 bytes.
fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let key = keys.next().filter(|_| keys.next().is_none())?;
    let bytes = STANDARD.decode(key.as_bytes()).ok()?;
    if bytes.len() != KEY_BYTES {
        return None;
    }
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()
}

impl IntoResponse for NoHandshake {
    fn into_response(self) -> Response<Body> {
        match self {
            Self::NotAsked => {
                let mut refusal = AppError::invalid("upgrade", Reason::Missing).into_response();
                *refusal.status_mut() = StatusCode::UPGRADE_REQUIRED;
                let headers = refusal.headers_mut();
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
                refusal
            }
            Self::BadKey => AppError::malformed("sec-websocket-key", Reason::Malformed).into_response(),
        }
    }
}

/// Whether the list in the header holds `word`.
fn has(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    let lines = headers.get_all(name);
    lines
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_base64_of_sixteen_bytes() {
        let accepted = |keys: &[&'static str]| {
            let headers = keys.iter().map(|key| (header::SEC_WEBSOCKET_KEY, HeaderValue::from_static(key)));
            accept(&headers.collect()).is_some()
        };
        assert!(accepted(&["dGhlIHNhbXBsZSBub25jZQ=="]));
        let same = "dGhlIHNhbXBsZSBub25jZQ==";
        for keys in
            [&[][..], &[""], &["x"], &["AAAA"], &["dGhlIHNhbXBsZSBub25jZQ"], &["dGhlIHNhbXBsZSBub25jZQ== "]]
        {
            assert!(!accepted(keys), "{keys:?}");
        }
        assert!(!accepted(&["dGhlIHNhbXBsZSBub25jZSE="]), "17 bytes");
        assert!(!accepted(&[same, same]));
    }
}
