//! The protocols of older chats, at their addresses and with their names, so that their clients work
//! unchanged. One file or folder per protocol, which only translates: to the actions, and from `heard`, the one place
//! that says what older protocols hear of live events.
//!
//! What else they share: `socket` (a WebSocket in a protocol's own words), `connection` (its frames) and `visitor`
//! (who opens one), `partners` (whom one meets in a direct room), `form` (posted fields), `refusal`, `login` (the one
//! address of two protocols) and `routes`.

mod connection;
mod conversations;
mod form;
mod heard;
mod login;
mod partners;
mod refusal;
mod routes;
mod socket;
mod socketio;
mod visitor;
mod webchat;
mod widget;

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware::map_response,
    response::Response,
};

pub use self::routes::Address;
use self::routes::Routes;
use super::App;
use crate::server::config::Protocol;

/// The routes of the protocols that are switched on.
pub(super) fn routes(app: &App) -> Router<App> {
    let has = |protocol| app.options.protocols.has(protocol);
    let routes = wanted(has).into_router().layer(map_response(keep_nothing));
    // Its handlers belong to a server of their own, which starts here.
    if has(Protocol::SocketIo) { routes.merge(socketio::routes(app)) } else { routes }
}

/// Every address of every protocol.
pub fn addresses() -> Vec<Address> {
    [wanted(|_| true).into_addresses(), socketio::ADDRESSES.to_vec()].concat()
}

/// What is answered is for the asker alone.
async fn keep_nothing(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn wanted(has: impl Fn(Protocol) -> bool) -> Routes {
    let mut routes = Routes::default();
    if has(Protocol::Widget) || has(Protocol::Webchat) {
        routes = routes.merge(login::routes());
    }
    if has(Protocol::Widget) {
        routes = routes.merge(widget::routes());
    }
    if has(Protocol::Conversations) {
        routes = routes.merge(conversations::routes());
    }
    if has(Protocol::Webchat) {
        routes = routes.merge(webchat::routes());
    }
    routes
}
