//! The protocols of older chats, at their addresses and with their names, so that their clients work
//! unchanged. One file per protocol, which only translates: to the actions, and from live events.

use axum::Router;

use crate::server::state::App;

/// The routes of the protocols that are switched on.
pub(super) fn routes(_app: &App) -> Router<App> {
    Router::new()
}
