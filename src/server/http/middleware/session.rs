//! The session cookie, and keeping a session alive while it is used.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::server::auth::{self, AuthSession};

/// The cookie's name; with https the prefix binds it to this host.
pub(in crate::server::http) const fn session_cookie(https: bool) -> &'static str {
    if https { "__Host-papo" } else { "papo" }
}

/// Renews a signed-in session's fortnight, at most once a day: each renewal is a write.
pub(in crate::server::http) async fn keep_session(
    auth: AuthSession,
    request: Request,
    next: Next,
) -> Response {
    if auth.user.is_some() {
        auth::renew(&auth.session).await;
    }
    next.run(request).await
}
