//! Who opens a connection of an older protocol: its client may put the token into the address, as browsers cannot
//! send one otherwise.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    error::AppError,
    server::{
        auth::{self, Caller, Proof},
        http::{App, caller::Reader, extract::parameter, middleware::require_own_origin},
        limits::Address,
    },
};

/// Who may at least read: by `?token=`, which counts alone, good or bad; by a bearer token, or by a cookie. For a cookie
/// the caller of this function asks where the request comes from.
///
/// # Errors
/// `Unauthenticated`; `RateLimited` after too many guesses.
pub(super) async fn identify(parts: &mut Parts, app: &App) -> Result<Caller, AppError> {
    match parameter(&parts.uri, TOKEN) {
        Some(token) => auth::identify(&app.auth, &token, Address::of(parts).0).await,
        None => Reader::from_request_parts(parts, app).await.map(|Reader(caller)| caller),
    }
}

/// Where browsers put the token.
pub(super) const TOKEN: &str = "token";

/// Who opens a WebSocket; with a cookie only from one of our own pages.
pub(in crate::server::http) struct Visitor(pub(in crate::server::http) Caller);

impl FromRequestParts<App> for Visitor {
    type Rejection = AppError;

    /// # Errors
    /// Those of `identify`; `WrongOrigin` for a cookie on somebody else's page.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller = identify(parts, app).await?;
        if caller.proof == Proof::Cookie {
            require_own_origin(app, &parts.headers)?;
        }
        Ok(Self(caller))
    }
}
