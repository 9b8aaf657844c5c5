//! Origins 1 and 3: rooms over Socket.IO (protocol 5, Engine.IO 4), by polling and by WebSocket.
//!
//! The library speaks the protocol. `gate` decides which requests reach it and whom they speak for, `wire` is a
//! WebSocket's socket that can be cut, `session` is one client from its greeting to its end, `desk` takes its events,
//! `commands` and `events` translate. `meter` and `weight` count what the library does not: frames and bytes.

mod commands;
mod desk;
mod events;
mod gate;
mod meter;
mod rooms;
mod session;
mod visit;
mod weight;
mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Extension, Router, routing::get};
use serde_json::Value;
use socketioxide::{
    ParserConfig, SocketIo,
    extract::{SocketRef, TryData},
    service::SocketIoService,
};
use tokio_util::sync::CancellationToken;

use self::meter::Meter;
use super::Address;
use crate::server::{
    http::{App, live::FRAME_MAX},
    limits::Limits,
    live::PING_EVERY,
};

/// Method and path of every address of this protocol.
pub(super) const ADDRESSES: &[Address] = &[("GET", "/socket.io/"), ("POST", "/socket.io/")];

/// After a ping a client has so long for its pong.
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// Within so long a client says who it is, and changes from polling to its WebSocket.
const GREET_WITHIN: Duration = Duration::from_secs(10);
/// How many packets the library holds for a client that does not take them; `meter` counts their bytes.
const PACKETS: usize = 64;
/// Every idle WebSocket holds a buffer of so many bytes.
const READ_BUFFER: usize = 1_024;
/// How long clients may take for their goodbye when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);

/// What all requests of one client share.
#[derive(Clone)]
struct Client {
    /// Ends its polls and its WebSocket.
    cut: CancellationToken,
    meter: Arc<Meter>,
}

impl Client {
    fn new(sockets: &SocketService, limits: &Limits) -> Self {
        Self { cut: sockets.0.cut.child_token(), meter: Arc::new(Meter::new(|| limits.frames())) }
    }
}

/// The way to the library.
#[derive(Clone)]
struct SocketService(Arc<Shared>);

struct Shared {
    service: SocketIoService<Router>,
    /// Ends everything that goes through it.
    cut: CancellationToken,
    /// The clients that began by polling, by their id, as long as requests of theirs are taken.
    clients: Mutex<HashMap<String, Polling>>,
}

/// A client that began by polling.
struct Polling {
    client: Client,
    /// Whether it has a WebSocket by now.
    wired: bool,
}

impl SocketService {
    /// The client with this id, if its requests are taken.
    fn client(&self, sid: &str) -> Option<Client> {
        self.clients().get(sid).map(|polling| polling.client.clone())
    }

    /// The WebSocket of a client that polled before; none if it has one, or if its requests are not taken.
    fn wire(&self, sid: &str) -> Option<Wired> {
        let mut clients = self.clients();
        let client = clients.get_mut(sid).filter(|client| !client.wired)?;
        client.wired = true;
        Some(Wired { sockets: self.clone(), sid: sid.to_owned(), cut: client.client.cut.child_token() })
    }

    /// The client is heard no more.
    fn end(&self, sid: &str, cut: &CancellationToken) {
        self.clients().remove(sid);
        cut.cancel();
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<String, Polling>> {
        self.0.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Requests with this id are taken as long as this lives, unless the client is ended before.
struct Known {
    sockets: SocketService,
    sid: String,
}

impl Known {
    fn new(sockets: SocketService, sid: String, client: Client) -> Self {
        sockets.clients().insert(sid.clone(), Polling { client, wired: false });
        Self { sockets, sid }
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.sockets.clients().remove(&self.sid);
    }
}

/// The only WebSocket of a client that polled before.
struct Wired {
    sockets: SocketService,
    sid: String,
    cut: CancellationToken,
}

impl Drop for Wired {
    fn drop(&mut self) {
        if let Some(client) = self.sockets.clients().get_mut(&self.sid) {
            client.wired = false;
        }
    }
}

pub(super) fn routes(app: &App) -> Router<App> {
    let (service, io) = SocketIo::builder()
        .ping_interval(PING_EVERY)
        .ping_timeout(PONG_WITHIN)
        .upgrade_timeout(GREET_WITHIN)
        .connect_timeout(GREET_WITHIN)
        .max_buffer_size(PACKETS)
        .max_payload(FRAME_MAX as u64)
        .ws_read_buffer_size(READ_BUFFER)
        .ws_max_message_size(FRAME_MAX)
        .ws_max_frame_size(FRAME_MAX)
        // No event of ours has attachments.
        .with_parser(ParserConfig::common().max_incoming_binaries(0))
        .build_with_inner_svc(Router::new());
    let sockets =
        SocketService(Arc::new(Shared { service, cut: CancellationToken::new(), clients: Mutex::default() }));
    let (greeting_app, greeting_sockets) = (app.clone(), sockets.clone());
    let greet = move |socket: SocketRef, TryData(auth): TryData<Value>| {
        session::greet(greeting_app, greeting_sockets, socket, auth.unwrap_or_default())
    };
    io.ns("/", greet);
    app.tasks.spawn(close_with(app.clone(), io, sockets.clone()));
    let enter = get(gate::enter).post(gate::enter);
    Router::new().route("/socket.io/", enter.clone()).route("/socket.io", enter).layer(Extension(sockets))
}

/// Closes all clients when the server stops, those that do not listen too.
async fn close_with(app: App, io: SocketIo, sockets: SocketService) {
    app.stop.cancelled().await;
    drop(tokio::time::timeout(GOODBYE, io.close()).await);
    sockets.0.cut.cancel();
}
