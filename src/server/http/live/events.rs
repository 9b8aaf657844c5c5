//! `GET /api/events`: the live protocol's events as server-sent events.
//!
//! `data` is one event as JSON; durable ones have the id `room:seq@epoch`, with the epoch's first characters. A `bye` says why the stream ends. Who names
//! cursors is first told what was missed; only then do live events follow, so that an id never leaves a hole behind it.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;
use serde_json::json;

use super::{
    begin,
    commands::sync_cost,
    hello,
    resume::{Resume, tag_of},
};
use crate::{
    error::AppError,
    model::{RoomId, Seq},
    server::{
        auth::Proof,
        http::{
            caller::{Caller, Listener},
            listen::Cut,
            middleware::require_own_page,
        },
        limits::{Address, Place},
        live::{Close, Connection, Line, frame},
        state::App,
    },
};

/// A stream that is silent for longer is cut by some proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Proxies that gather let go of what is larger than their buffer; the beginning must not wait for it.
const PADDING: usize = 2_048;

/// Room for what stands around one event.
const ID_ROOM: usize = 64;

/// Streams what the user's connections hear.
pub(in crate::server::http) async fn listen(
    State(app): State<App>,
    Listener(caller): Listener,
    address: Address,
    Extension(Cut(cut)): Extension<Cut>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AppError> {
    if caller.proof == Proof::Cookie {
        require_own_page(&app, &headers)?;
    }
    let Caller { me, session, .. } = caller;
    let user = me.user;
    let resume = Resume::read(uri.query(), &headers)?;
    if let Some(resume) = &resume {
        app.limits.posted(user.id, sync_cost(&app, user.id, resume.named(), false).await?)?;
    }
    let place = app.limits.connection(user.id, address)?;
    let hello = hello(&app, &user);
    let connection = app.live.connect(user, session, Line::Stream(cut), &hello);
    let mut opening = format!(":{}\n\n", " ".repeat(PADDING));
    let tag = tag_of(&app.epoch).to_owned();
    connection.subscriber().take().iter().for_each(|greeting| append(&mut opening, greeting, &tag));
    begin(&app, &connection).await;
    if let Some(resume) = resume {
        for event in resume.missed(&app, connection.user_id()).await? {
            append(&mut opening, &frame::of(&event.into()), &tag);
        }
    }
    let stream = Stream { connection, _place: place, tag, opening, ended: false };
    let events = stream::unfold(stream, Stream::next);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        // Asks nginx not to gather.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}

/// One stream of events.
struct Stream {
    connection: Connection,
    _place: Place,
    /// Of the history, for the ids.
    tag: String,
    /// What comes first.
    opening: String,
    ended: bool,
}

impl Stream {
    /// What waits, or a sign of life; nothing after the end.
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Self)> {
        if self.ended {
            return None;
        }
        let subscriber = Arc::clone(self.connection.subscriber());
        let mut text = std::mem::take(&mut self.opening);
        while text.is_empty() {
            let chunks = subscriber.take();
            // Grown by and by it would be half empty, and hyper keeps several for a reader that takes nothing.
            text.reserve_exact(chunks.iter().map(|chunk| chunk.len() + ID_ROOM).sum());
            chunks.iter().for_each(|chunk| append(&mut text, chunk, &self.tag));
            if !chunks.is_empty() {
                continue;
            }
            if let Some(why) = subscriber.closing() {
                append_bye(&mut text, why);
                self.ended = true;
            } else if tokio::time::timeout(KEEP_ALIVE, subscriber.ready()).await.is_err() {
                text.push_str(": still here\n\n");
            }
        }
        Some((Ok(text.into()), self))
    }
}

fn append(text: &mut String, frames: &[u8], tag: &str) {
    #[derive(Deserialize)]
    struct Durable {
        room: RoomId,
        /// Of `synced`, the head, up to which the client holds everything then.
        #[serde(alias = "head")]
        seq: Seq,
    }
    for json in frame::texts(frames).filter_map(|json| std::str::from_utf8(json).ok()) {
        if let Ok(Durable { room, seq }) = serde_json::from_str(json) {
            let _ = writeln!(text, "id: {room}:{seq}@{tag}");
        }
        // JSON has no line breaks of its own.
        let _ = write!(text, "data: {json}\n\n");
    }
}

fn append_bye(text: &mut String, why: Close) {
    let mut bye = json!({ "type": "bye", "code": why as u16 });
    if let Some(wait) = why.retry_after_ms() {
        bye["retry_after_ms"] = wait.into();
    }
    let _ = write!(text, "data: {bye}\n\n");
}
