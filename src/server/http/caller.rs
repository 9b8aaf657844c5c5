//! Who asks, however they prove it: every door that programs use begins with one of these.
//!
//! A bearer token counts alone, good or bad: whoever sends one has no cookie (`middleware::bearer` takes it away).
//! `Caller` is for whoever may write, so that a route which chooses nothing is none for tokens that only read.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::App;
pub(in crate::server::http) use crate::server::auth::Caller;
use crate::{
    error::AppError,
    model::Scope,
    server::{
        auth::{self, AuthSession, Door, Proof, tokens},
        http::{extract::parameter, middleware::bearer_token},
        limits::Address,
    },
};

/// Who may at least read.
pub(in crate::server::http) struct Reader(pub(in crate::server::http) Caller);

/// Who gave the password for this session, and so may change what opens the account.
pub(in crate::server::http) struct AccountHolder(pub(in crate::server::http) Caller);

/// Who may at least read, and may come with a ticket: for live connections.
pub(in crate::server::http) struct Listener(pub(in crate::server::http) Caller);

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `Forbidden` for a token that only reads; `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Reader(caller) = Reader::from_request_parts(parts, app).await?;
        caller.require(Scope::Write)?;
        Ok(caller)
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `RateLimited` after too many guesses.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller = match bearer_token(&parts.headers) {
            Some(token) => auth::identify(&app.auth, token?, Address::of(parts).0).await?,
            None => by_cookie(parts, app).await?,
        };
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for AccountHolder {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `Forbidden` for a personal token; `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Reader(caller) = Reader::from_request_parts(parts, app).await?;
        if caller.holds_password() { Ok(Self(caller)) } else { Err(AppError::Forbidden) }
    }
}

impl FromRequestParts<App> for Listener {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `RateLimited` after too many guesses.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        match parameter(&parts.uri, "ticket").filter(|_| bearer_token(&parts.headers).is_none()) {
            Some(ticket) => tokens::redeem_ticket(&app.auth, &ticket, Address::of(parts).0).await.map(Self),
            None => Reader::from_request_parts(parts, app).await.map(|Reader(caller)| Self(caller)),
        }
    }
}

impl FromRequestParts<App> for Door {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Self::of(&app.auth, parts)
    }
}

async fn by_cookie(parts: &mut Parts, app: &App) -> Result<Caller, AppError> {
    let found = AuthSession::from_request_parts(parts, app).await.map_err(|_| AppError::Unauthenticated)?;
    let (account, session) = (found.user, found.session.id());
    let (account, session) = account.zip(session).ok_or(AppError::Unauthenticated)?;
    // A session may do all that its user may.
    let session = auth::session_name(&session);
    Ok(Caller { me: account.me, session, scope: Scope::Admin, proof: Proof::Cookie })
}
