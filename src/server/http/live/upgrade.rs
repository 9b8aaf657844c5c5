//! From an HTTP request to the bare socket (RFC 6455, section 4.2).

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use crate::error::{AppError, Reason};

/// A handshake that can be answered.
pub(in crate::server::http) struct Upgrade {
    accept: HeaderValue,
    upgraded: OnUpgrade,
}

impl Upgrade {
    /// Takes the handshake out of a request; none if it is not a proper one.
    pub(in crate::server::http) fn take(request: &mut Request) -> Option<Self> {
        let headers = request.headers();
        let is_handshake = has(headers, header::CONNECTION, "upgrade")
            && has(headers, header::UPGRADE, "websocket")
            && has(headers, header::SEC_WEBSOCKET_VERSION, "13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_handshake)?;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()?;
        Some(Self { accept, upgraded: request.extensions_mut().remove()? })
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

    /// The socket, once the answer has left, and what the client has sent since.
    pub(in crate::server::http) async fn socket(self) -> Option<(TcpStream, Bytes)> {
        let parts = self.upgraded.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
        Some((parts.io.into_inner(), parts.read_buf))
    }
}

/// The refusal of a request that is no handshake.
pub(in crate::server::http) fn required() -> Response<Body> {
    let mut refusal = AppError::invalid("upgrade", Reason::Missing).into_response();
    *refusal.status_mut() = StatusCode::UPGRADE_REQUIRED;
    refusal.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    refusal
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
