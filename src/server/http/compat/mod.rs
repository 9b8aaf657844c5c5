//! The protocols of older chats, at their addresses and with their names, so that their clients work
//! unchanged. One file per protocol, which only translates: to the actions, and from live events.

mod feed;
mod socketio;

use axum::Router;

use crate::server::{config::Protocol, state::App};

/// Method and path of every address of every protocol.
pub fn addresses() -> Vec<(&'static str, &'static str)> {
    socketio::ADDRESSES.to_vec()
}

/// The routes of the protocols that are switched on.
pub(super) fn routes(app: &App) -> Router<App> {
    let mut routes = Router::new();
    if app.options.protocols.has(Protocol::SocketIo) {
        routes = routes.merge(socketio::routes(app));
    }
    routes
}
