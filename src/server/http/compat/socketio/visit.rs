//! What is known of a client from its first request: whom it speaks for, from where, in which language.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::{
    extract::FromRequestParts as _,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use tokio_util::sync::CancellationToken;

use crate::{
    error::AppError,
    server::{
        context::language_of,
        http::{caller::Caller, middleware::is_own_origin},
        limits::{Address, Place},
        state::App,
    },
    ui::i18n::Locale,
};

/// It lives as long as the library knows the client, and so does the client's place.
pub(super) struct Visit {
    pub(super) locale: Locale,
    /// Ends the client's WebSocket.
    pub(super) cut: CancellationToken,
    address: Address,
    /// None until the client says who it is.
    caller: Mutex<Option<Caller>>,
    place: Mutex<Place>,
}

impl Visit {
    /// Begins with a client's first request: by the session of one of our own pages, or by a token. Without both the
    /// client may say who it is with its first packet.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is not good; `Forbidden` for a session from elsewhere than our own pages;
    /// `RateLimited` if the user or the address has too many connections.
    pub(super) async fn begin(
        app: &App,
        parts: &mut Parts,
        address: Address,
        is_websocket: bool,
        cut: CancellationToken,
    ) -> Result<Self, AppError> {
        let has_token = parts.headers.contains_key(header::AUTHORIZATION);
        let caller = match Caller::from_request_parts(parts, app).await {
            Err(AppError::Unauthenticated) if !has_token => None,
            caller => Some(caller?),
        };
        if caller.is_some() && !has_token && !is_from_own_page(app, &parts.headers, is_websocket) {
            return Err(AppError::Forbidden);
        }
        let place = match &caller {
            Some(caller) => app.limits.connection(caller.me.user.id, address)?,
            None => app.limits.unnamed_connection(address)?,
        };
        let (caller, place) = (Mutex::new(caller), Mutex::new(place));
        Ok(Self { locale: language_of(parts), cut, address, caller, place })
    }

    /// Who it is: by the token of its first packet, else as its first request said.
    ///
    /// # Errors
    /// `Unauthenticated`; `RateLimited` if the user has too many connections.
    pub(super) async fn caller(
        &self,
        app: &App,
        parts: &Parts,
        token: Option<&str>,
    ) -> Result<Caller, AppError> {
        let Some(token) = token else {
            return lock(&self.caller).take().ok_or(AppError::Unauthenticated);
        };
        let mut parts = parts.clone();
        present(&mut parts, token)?;
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let place = app.limits.connection(caller.me.user.id, self.address)?;
        *lock(&self.place) = place;
        Ok(caller)
    }
}

/// Makes a token that came by another way the proof of the request.
///
/// # Errors
/// `Unauthenticated` if it cannot be one.
pub(super) fn present(parts: &mut Parts, token: &str) -> Result<(), AppError> {
    let proof = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| AppError::Unauthenticated)?;
    parts.headers.insert(header::AUTHORIZATION, proof);
    Ok(())
}

/// Browsers name the origin of every WebSocket, but of other requests only if they come from elsewhere.
fn is_from_own_page(app: &App, headers: &HeaderMap, is_websocket: bool) -> bool {
    let names_origin = headers.contains_key(header::ORIGIN);
    if is_websocket || names_origin { is_own_origin(app, headers) } else { true }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
