//! `GET /api/live`: the WebSocket door of the live protocol.
//!
//! One task per connection reads commands. What goes out it leaves to the subscriber, which writes to
//! the socket by itself; answers go the same way, so they keep their place among the events.

mod commands;
mod inbox;
mod upgrade;

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use tokio::net::TcpStream;

use self::{
    inbox::{Inbox, Received},
    upgrade::Upgrade,
};
use super::middleware::is_own_origin;
use crate::{
    error::AppError,
    model::{LiveEvent, MessageText, UserRef, event::Limits},
    server::{
        auth::AuthSession,
        limits::{Address, Frames, Place},
        live::{Close, Connection, PING_EVERY, Subscriber},
        state::App,
        store::{members, sessions},
    },
};

/// The most bytes of a frame, and of a message in several frames.
const FRAME_MAX: usize = 64 * 1024;
/// After so many frames without a pause other connections get a turn.
const TURN: usize = 64;

/// Upgrades a signed-in browser's request from our own pages.
pub(super) async fn connect(
    State(app): State<App>,
    auth: AuthSession,
    address: Address,
    mut request: Request,
) -> Response {
    if !is_own_origin(&app, request.headers()) {
        return AppError::Forbidden.into_response();
    }
    let (Some(account), Some(session)) = (auth.user, auth.session.id()) else {
        return AppError::Unauthenticated.into_response();
    };
    let Some(upgrade) = Upgrade::take(&mut request) else { return upgrade::required() };
    let place = match app.limits.connection(account.me.user.id, address) {
        Ok(place) => place,
        Err(refused) => return refused.into_response(),
    };
    let answer = upgrade.answer();
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let Some((socket, received)) = upgrade.socket().await else { return };
        let hello = hello(&app, &account.me.user);
        let connection = app.live.connect(account.me.user, session.to_string(), Some(socket), &hello);
        serve(app, connection, place, received).await;
    });
    answer
}

fn hello(app: &App, user: &UserRef) -> LiveEvent {
    LiveEvent::Hello {
        epoch: app.epoch.clone(),
        user: user.clone(),
        heartbeat_ms: u64::try_from(PING_EVERY.as_millis()).unwrap_or(u64::MAX),
        limits: Limits { message_chars: MessageText::MAX, frame_bytes: FRAME_MAX },
    }
}

/// Begins the connection, reads until it is to end, and ends it.
async fn serve(app: App, connection: Connection, _place: Place, received: Bytes) {
    let subscriber = Arc::clone(connection.subscriber());
    // Both happen once: their many bytes are not kept in every idle connection.
    Box::pin(begin(&app, &connection)).await;
    let (mut inbox, mut frames) = (Inbox::new(&received), app.limits.frames());
    drop(received);
    let why = loop {
        if let Some(why) = subscriber.closing() {
            break why;
        }
        match subscriber.ready().await {
            Ok(Some(socket)) => read(&app, &connection, &mut frames, &mut inbox, socket).await,
            Ok(None) | Err(_) => subscriber.close(Close::Gone),
        }
    };
    Box::pin(subscriber.end(why)).await;
}

/// Lets the connection hear of its rooms, unless it ended while it began: then nobody found it.
async fn begin(app: &App, connection: &Connection) {
    let subscriber = connection.subscriber();
    if subscribe(app, connection).await.is_err() || app.stop.is_cancelled() {
        subscriber.close(Close::Restart);
    } else if !is_session_alive(app, subscriber).await {
        subscriber.close(Close::SessionEnded);
    }
}

/// Subscribe first, read second: rooms entered meanwhile are noted by the hub.
async fn subscribe(app: &App, connection: &Connection) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    let rooms = members::list_room_ids(&mut conn, connection.user_id()).await?;
    connection.subscribe(rooms);
    Ok(())
}

/// Reads and obeys what the socket has.
async fn read(
    app: &App,
    connection: &Connection,
    frames: &mut Frames,
    inbox: &mut Inbox,
    socket: &TcpStream,
) {
    let subscriber = connection.subscriber();
    for _ in 0..TURN {
        match inbox.next(socket, subscriber) {
            Received::Text(text) => Box::pin(commands::obey(app, connection, frames, &text)).await,
            Received::Bytes => Box::pin(commands::obey(app, connection, frames, "")).await,
            Received::Control => {}
            Received::Nothing => return,
            Received::End(why) => return subscriber.close(why),
        }
        subscriber.hear();
    }
    tokio::task::yield_now().await;
}

async fn is_session_alive(app: &App, subscriber: &Subscriber) -> bool {
    let Ok(mut conn) = app.db.read().await else { return true };
    let found = sessions::find_session(&mut conn, &subscriber.session, crate::server::clock::now()).await;
    found.map_or(true, |session| session.is_some())
}
