//! Who opens a WebSocket of an older protocol: its client may put the token into the address, as browsers cannot
//! send one otherwise.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    error::AppError,
    server::{
        auth::{self, Caller, Proof},
        http::{caller::Reader, middleware::require_own_origin},
        limits::Address,
        state::App,
    },
};

/// Who may at least read: by `?token=`, by a bearer token, or by the cookie of a browser on one of our own pages.
pub(in crate::server::http) struct Visitor(pub(in crate::server::http) Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `WrongOrigin` for a cookie on somebody else's page; `RateLimited` after too many guesses.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller = match token(parts) {
            // The token counts alone, good or bad.
            Some(token) => auth::identify(app, &token, Address::of(parts).0).await?,
            None => Reader::from_request_parts(parts, app).await?.0,
        };
        if caller.proof == Proof::Cookie {
            require_own_origin(app, &parts.headers)?;
        }
        Ok(Self(caller))
    }
}

fn token(parts: &Parts) -> Option<String> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query()?).ok()?;
    fields.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token)
}
