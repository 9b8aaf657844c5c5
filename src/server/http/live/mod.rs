//! The doors of the live protocol: WebSocket, and for those whose way does not let it through,
//! server-sent events with posted commands, or posted commands alone.
//!
//! All of them answer commands by the same function and hear the same frames.

mod commands;
mod events;
pub(super) mod feed;
pub(super) mod frames;
pub(super) mod inbox;
mod post;
mod read;
mod resume;
pub(super) mod upgrade;
mod websocket;

pub(super) use commands::LONG_COST;
pub(super) use events::listen;
pub(super) use post::post;
pub use read::read_command;
pub(super) use websocket::connect;

use super::App;
use crate::{
    model::{
        Ephemeral, MessageText, UserRef,
        event::{Limits, Protocol},
        people::Introduced,
    },
    server::{
        auth::tokens,
        chat::attendance::attend,
        live::{Close, Connection, PING_EVERY},
    },
};

/// The most bytes of a frame, and of a message in several frames.
pub(super) const FRAME_MAX: usize = 64 * 1024;

pub(super) fn hello(app: &App, user: &UserRef) -> Introduced {
    let hello = Ephemeral::Hello {
        epoch: app.chat.epoch.clone(),
        protocol: Protocol::CURRENT,
        user: user.clone(),
        heartbeat_ms: u64::try_from(PING_EVERY.as_millis()).unwrap_or(u64::MAX),
        limits: Limits { message_chars: MessageText::MAX, frame_bytes: FRAME_MAX },
    };
    hello.into()
}

/// Lets the connection hear of its rooms, unless it ended while it began: then nobody found it.
pub(super) async fn begin(app: &App, connection: &Connection) {
    let subscriber = connection.subscriber();
    if attend(&app.chat, connection).await.is_err() || app.stop.is_cancelled() {
        subscriber.close(Close::Restart);
    } else if !tokens::is_session_alive(&app.auth, &subscriber.session).await.unwrap_or(true) {
        subscriber.close(Close::SessionEnded);
    }
}
