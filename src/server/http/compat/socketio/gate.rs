//! Every request to `/socket.io/`: whose it is, its limits, and then on to the library.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Query, Request, State},
    http::{Response, StatusCode, header, request::Parts},
    response::IntoResponse,
};
use serde::Deserialize;
use tower::{Service as _, ServiceExt as _};

use super::{Door, visit::Visit, wire::Wire};
use crate::{
    error::AppError,
    server::{
        http::{
            body::read_body,
            live::{
                FRAME_MAX,
                upgrade::{self, Upgrade},
            },
        },
        limits::Address,
        state::App,
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
    token: Option<String>,
}

pub(super) async fn enter(
    State(app): State<App>,
    Extension(door): Extension<Door>,
    Query(ask): Query<Ask>,
    address: Address,
    request: Request,
) -> Result<axum::response::Response, AppError> {
    let (mut parts, body) = request.into_parts();
    match &ask.sid {
        Some(sid) if door.0.ended.contains_key(sid) => return Ok(unknown_client()),
        Some(_) => {}
        None => {
            let cut = door.0.cut.child_token();
            let visit = Visit::begin(&app, &mut parts, ask.token.as_deref(), address, cut).await?;
            parts.extensions.insert(Arc::new(visit));
        }
    }
    // Of a WebSocket in another version the library says what is wrong.
    if ask.transport.as_deref() == Some("websocket") && ask.version.as_deref() == Some("4") {
        return Ok(connect(&app, &door, ask.sid, parts));
    }
    let body = match read_body(body, FRAME_MAX).await {
        Ok(body) => body,
        Err(fault) => return Ok(fault.into_response()),
    };
    let answer = door.0.service.clone().oneshot(Request::from_parts(parts, Body::from(body)));
    let answer = tokio::select! {
        answer = answer => answer.unwrap_or_else(|never| match never {}),
        // A poll may wait for half a minute.
        () = door.0.cut.cancelled() => return Err(AppError::UNAVAILABLE),
    };
    Ok(answer.map(Body::new))
}

/// Upgrades here, so that the socket can be cut, and hands it over.
fn connect(app: &App, door: &Door, sid: Option<String>, parts: Parts) -> Response<Body> {
    let mut request = Request::from_parts(parts, Body::empty());
    let Some(upgrade) = Upgrade::take(&mut request) else { return upgrade::required() };
    let answer = upgrade.answer();
    let (parts, _) = request.into_parts();
    let noted = sid.map(|sid| door.note(sid));
    let visit = parts.extensions.get::<Arc<Visit>>().map(|visit| &visit.cut);
    let cut = noted.as_ref().map(|noted| &noted.cut).or(visit).unwrap_or(&door.0.cut).clone();
    let mut service = door.0.service.clone();
    app.tasks.spawn(async move {
        let Some((socket, received)) = upgrade.socket().await else { return };
        let wire = Wire::new(socket, received, &cut, noted);
        if service.call((wire, Request::from_parts(parts, ()))).await.is_err() {
            tracing::debug!("no handshake of Engine.IO");
        }
    });
    answer
}

/// What the library says of a client that it does not know.
fn unknown_client() -> axum::response::Response {
    let refusal = r#"{"code":"1","message":"Session ID unknown"}"#;
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], refusal).into_response()
}
