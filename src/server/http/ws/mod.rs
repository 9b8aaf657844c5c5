//! `GET /api/live`: the WebSocket door of the live protocol.
//!
//! Two loops share one task: one reads commands, one writes what waits in the subscriber's queue.
//! Answers go through the same queue, so they keep their place among the events.

mod commands;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{
        State,
        ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{sync::mpsc, time::Instant};

use super::middleware::is_own_origin;
use crate::{
    error::{AppError, Reason},
    model::{ClientCommand, LiveEvent, MessageText, UserRef, event::Limits},
    server::{
        auth::AuthSession,
        chat::attendance::attend,
        live::{Close, Connection, Subscriber},
        state::App,
        store::sessions,
    },
};

const FRAME_MAX: usize = 64 * 1024;
const READ_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER: usize = 8 * 1024;
/// How many frames leave in one write.
const WRITE_BATCH: usize = 128;
const PING_EVERY: Duration = Duration::from_secs(25);
const SILENCE_MAX: Duration = Duration::from_secs(60);
const WRITE_DEADLINE: Duration = Duration::from_secs(10);

/// Upgrades a signed-in browser's request from our own pages.
pub(super) async fn connect(
    upgrade: WebSocketUpgrade,
    State(app): State<App>,
    auth: AuthSession,
    headers: HeaderMap,
) -> Response {
    if !is_own_origin(&app, &headers) {
        return AppError::Forbidden.into_response();
    }
    let (Some(account), Some(session)) = (auth.user, auth.session.id()) else {
        return AppError::Unauthenticated.into_response();
    };
    let tasks = app.tasks.clone();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .on_upgrade(move |socket| {
            let hello = hello(&app, &account.me.user);
            let connection = app.live.connect(account.me.user, session.to_string(), &hello);
            tasks.track_future(serve(app, socket, connection))
        })
}

fn hello(app: &App, user: &UserRef) -> LiveEvent {
    LiveEvent::Hello {
        epoch: app.epoch.clone(),
        user: user.clone(),
        heartbeat_ms: u64::try_from(PING_EVERY.as_millis()).unwrap_or(u64::MAX),
        limits: Limits { message_chars: MessageText::MAX, frame_bytes: FRAME_MAX },
    }
}

async fn serve(app: App, socket: WebSocket, connection: Connection) {
    let Some(frames) = connection.take_frames() else { return };
    let subscriber = Arc::clone(connection.subscriber());
    // What ended while the connection began would not find it.
    if attend(&app, &connection).await.is_err() || app.stop.is_cancelled() {
        subscriber.close(Close::Restart);
    } else if !is_session_alive(&app, &subscriber).await {
        subscriber.close(Close::SessionEnded);
    }
    let (sink, stream) = socket.split();
    tokio::select! {
        () = read(&app, &connection, stream) => {}
        () = write(&app, &subscriber, frames, sink) => {}
    }
}

async fn read(app: &App, connection: &Connection, mut stream: SplitStream<WebSocket>) {
    let subscriber = connection.subscriber();
    loop {
        let Ok(frame) = tokio::time::timeout(SILENCE_MAX, stream.next()).await else { return };
        match frame {
            Some(Ok(Frame::Text(text))) => match serde_json::from_str::<ClientCommand>(&text) {
                Ok(command) => commands::obey(app, connection, command).await,
                Err(_) => subscriber.tell(&malformed(&text)),
            },
            Some(Ok(Frame::Binary(_))) => subscriber.tell(&malformed("")),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
            Some(Ok(Frame::Close(_))) | None => return,
            Some(Err(error)) => {
                let Some(why) = fault(error) else { return };
                subscriber.close(why);
                // The writing loop says why, and ends both.
                return std::future::pending().await;
            }
        }
    }
}

/// What the peer did wrong; nothing if it merely went away.
fn fault(error: axum::Error) -> Option<Close> {
    use tungstenite::Error as E;
    match error.into_inner().downcast_ref::<E>()? {
        E::Capacity(_) => Some(Close::TooLarge),
        E::Utf8(_) => Some(Close::NotText),
        E::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        E::Protocol(_) => Some(Close::Protocol),
        _ => None,
    }
}

/// The refusal of a frame that is no command; it names the send if the frame did.
fn malformed(text: &str) -> LiveEvent {
    let cid = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|frame| frame.get("cid")?.as_str()?.parse().ok());
    LiveEvent::Error { cid, error: AppError::invalid("type", Reason::Malformed) }
}

async fn write(
    app: &App,
    subscriber: &Subscriber,
    mut frames: mpsc::Receiver<Utf8Bytes>,
    mut sink: SplitSink<WebSocket, Frame>,
) {
    let mut waiting = Vec::new();
    let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        tokio::select! {
            biased;
            why = subscriber.closed() => {
                let frame = CloseFrame { code: why as u16, reason: Utf8Bytes::from_static("") };
                drop(tokio::time::timeout(WRITE_DEADLINE, sink.send(Frame::Close(Some(frame)))).await);
                return;
            }
            _ = ping.tick() => {
                if !is_session_alive(app, subscriber).await {
                    subscriber.close(Close::SessionEnded);
                    continue;
                }
                if !send_all(&mut sink, [Frame::Ping(Bytes::new())]).await { return }
            }
            _ = frames.recv_many(&mut waiting, WRITE_BATCH) => {
                if !send_all(&mut sink, waiting.drain(..).map(Frame::Text)).await { return }
            }
        }
    }
}

/// Everything that waits leaves in one write. False if the peer is gone or does not read.
async fn send_all(sink: &mut SplitSink<WebSocket, Frame>, frames: impl IntoIterator<Item = Frame>) -> bool {
    let sending = async {
        for frame in frames {
            sink.feed(frame).await?;
        }
        sink.flush().await
    };
    matches!(tokio::time::timeout(WRITE_DEADLINE, sending).await, Ok(Ok(())))
}

/// Ends what another process revoked, such as `papo user disable`.
async fn is_session_alive(app: &App, subscriber: &Subscriber) -> bool {
    let Ok(mut conn) = app.db.read().await else { return true };
    let found = sessions::find_session(&mut conn, &subscriber.session, crate::server::clock::now()).await;
    found.map_or(true, |session| session.is_some())
}
