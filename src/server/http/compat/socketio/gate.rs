//! Every request to `/socket.io/`: whose it is, its limits, and then on to the library.

use std::sync::Arc;

use axum::{
    Extension,
    body::{Body, HttpBody as _, to_bytes},
    extract::{Request, State},
    http::{Response, StatusCode, Uri, header, request::Parts},
    response::IntoResponse,
};
use serde::Deserialize;
use tower::{Service as _, ServiceExt as _};

use super::{
    Client, GREET_WITHIN, SocketService,
    visit::{self, Visit},
    wire::Wire,
};
use crate::{
    error::{AppError, Reason},
    server::{
        http::{
            App,
            body::read_body,
            extract::Query,
            live::{FRAME_MAX, upgrade::Upgrade},
        },
        limits::Address,
    },
};

/// What a request says of itself.
#[derive(Deserialize)]
pub(super) struct Ask {
    /// The client's id, from its second request on.
    sid: Option<String>,
    transport: Option<String>,
    #[serde(rename = "EIO")]
    version: Option<String>,
}

/// What the library answers to a client's first poll.
#[derive(Deserialize)]
struct Open {
    sid: String,
}

pub(super) async fn enter(
    State(app): State<App>,
    Extension(sockets): Extension<SocketService>,
    Query(ask): Query<Ask>,
    address: Address,
    request: Request,
) -> Result<Response<Body>, AppError> {
    if ask.version.as_deref() != Some("4") {
        return Ok(refused(r#"{"code":"5","message":"Unsupported protocol version"}"#));
    }
    let is_socket = match ask.transport.as_deref() {
        Some("websocket") => true,
        Some("polling") => false,
        _ => return Ok(refused(r#"{"code":"0","message":"Transport unknown"}"#)),
    };
    let (mut parts, body) = request.into_parts();
    let (client, visit) = match &ask.sid {
        Some(sid) => {
            let Some(client) = sockets.client(sid) else { return Ok(unknown_client()) };
            (client, None)
        }
        None => {
            let client = Client::new(&sockets, &app.limits);
            let visit = Arc::new(Visit::begin(&app, &mut parts, address, client.clone()).await?);
            parts.extensions.insert(visit.clone());
            tokio::spawn(visit::end_unless_named(Arc::downgrade(&visit), GREET_WITHIN));
            (client, Some(visit))
        }
    };
    parts.uri = address_of(is_socket, ask.sid.as_deref())?;
    if is_socket {
        return Ok(connect(&app, &sockets, ask.sid.as_deref(), client, parts));
    }
    let body = match read_body(body, FRAME_MAX).await {
        Ok(body) => body,
        Err(fault) => return Ok(fault.into_response()),
    };
    if !client.meter.others(packets_without_event(&body)) {
        client.cut.cancel();
        return Ok(unknown_client());
    }
    let answer = sockets.0.service.clone().oneshot(Request::from_parts(parts, Body::from(body)));
    let answer = tokio::select! {
        // Who was ended is not answered any more, whatever the library still has.
        biased;
        // A poll may wait for half a minute.
        () = client.cut.cancelled() => {
            return if sockets.0.cut.is_cancelled() { Err(AppError::UNAVAILABLE) } else { Ok(unknown_client()) };
        }
        answer = answer => answer.unwrap_or_else(|never| match never {}),
    };
    client.meter.left(usize::try_from(answer.body().size_hint().lower()).unwrap_or(usize::MAX));
    match visit {
        None => Ok(answer.map(Body::new)),
        Some(visit) => welcome(&sockets, &visit, answer.map(Body::new)).await,
    }
}

/// How many packets of a posted body are no event: those are counted where they are obeyed.
fn packets_without_event(body: &[u8]) -> u32 {
    const SEPARATOR: u8 = 0x1e;
    const MESSAGE: u8 = b'4';
    if body.is_empty() {
        return 0;
    }
    let others = body.split(|byte| *byte == SEPARATOR).filter(|packet| packet.first() != Some(&MESSAGE));
    u32::try_from(others.count()).unwrap_or(u32::MAX)
}

/// The address of the request as the library is to read it: only what was understood here, in its own way of writing.
fn address_of(is_socket: bool, sid: Option<&str>) -> Result<Uri, AppError> {
    let transport = if is_socket { "websocket" } else { "polling" };
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    let address = format!("/socket.io/?EIO=4&transport={transport}{sid}");
    address.parse().map_err(|_| AppError::invalid("sid", Reason::Malformed))
}

/// Learns the id that the library gives to a client.
async fn welcome(
    sockets: &SocketService,
    visit: &Visit,
    answer: Response<Body>,
) -> Result<Response<Body>, AppError> {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, FRAME_MAX).await.map_err(|_| AppError::UNAVAILABLE)?;
    if let Some(open) = body.strip_prefix(b"0").and_then(|json| serde_json::from_slice::<Open>(json).ok()) {
        visit.make_known(sockets.clone(), open.sid);
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Upgrades here, so that the socket can be cut, and hands it over.
fn connect(
    app: &App,
    sockets: &SocketService,
    sid: Option<&str>,
    client: Client,
    parts: Parts,
) -> Response<Body> {
    let mut request = Request::from_parts(parts, Body::empty());
    let upgrade = match Upgrade::take(&mut request) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refusal.into_response(),
    };
    let wired = match sid.map(|sid| sockets.wire(sid)) {
        Some(None) => return refused(r#"{"code":"3","message":"Bad request"}"#),
        Some(wired) => wired,
        None => None,
    };
    let cut = wired.as_ref().map_or(client.cut, |wired| wired.cut.clone());
    let client = Client { cut, meter: client.meter };
    let answer = upgrade.answer();
    let (parts, _) = request.into_parts();
    let mut service = sockets.0.service.clone();
    app.tasks.spawn(async move {
        let Some((socket, received)) = upgrade.guarded().await else { return };
        let wire = Wire::new(socket, received, client, wired);
        if service.call((wire, Request::from_parts(parts, ()))).await.is_err() {
            tracing::debug!("no handshake of Engine.IO");
        }
    });
    answer
}

/// What the library says of a client that it does not know.
fn unknown_client() -> Response<Body> {
    refused(r#"{"code":"1","message":"Session ID unknown"}"#)
}

/// A refusal in the words of the library.
fn refused(words: &'static str) -> Response<Body> {
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], words).into_response()
}
