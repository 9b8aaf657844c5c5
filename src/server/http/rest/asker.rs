//! Who asks, counted: each request takes from its user's allowance, and its answer tells what is left.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};

use crate::{
    error::AppError,
    model::{Me, UserId},
    server::{
        http::{
            App,
            caller::{self, Caller},
        },
        limits::Allowance,
    },
};

/// A user who may read.
pub(in crate::server::http) struct Reader(pub(in crate::server::http) Me);

/// A user who may change things, with the site role that the proof is good for.
pub(in crate::server::http) struct Writer(pub(in crate::server::http) Me);

/// A user who may read, and by which session.
pub(in crate::server::http) struct SessionReader(pub(in crate::server::http) Caller);

/// Who gave the password for this session, and so may change what opens the account.
pub(super) struct AccountHolder(pub(super) Caller);

/// Which allowance a request took from: first that of requests; a handler whose action takes from another says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted(Arc<Mutex<Option<(UserId, Allowance)>>>);

impl Counted {
    pub(super) fn by(&self, user: UserId, allowance: Allowance) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((user, allowance));
    }

    fn get(&self) -> Option<(UserId, Allowance)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromRequestParts<App> for Counted {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl FromRequestParts<App> for SessionReader {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`, `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller::Reader(caller) = caller::Reader::from_request_parts(parts, app).await?;
        count(parts, app, &caller.me)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`, `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let SessionReader(Caller { me, .. }) = SessionReader::from_request_parts(parts, app).await?;
        Ok(Self(me))
    }
}

impl FromRequestParts<App> for Writer {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `Forbidden` for a token that only reads; `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let me = Caller::from_request_parts(parts, app).await?.acting();
        count(parts, app, &me)?;
        Ok(Self(me))
    }
}

impl FromRequestParts<App> for AccountHolder {
    type Rejection = AppError;

    /// # Errors
    /// `Unauthenticated`; `Forbidden` for a personal token; `RateLimited`.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let caller::AccountHolder(caller) = caller::AccountHolder::from_request_parts(parts, app).await?;
        count(parts, app, &caller.me)?;
        Ok(Self(caller))
    }
}

fn count(parts: &Parts, app: &App, me: &Me) -> Result<(), AppError> {
    if let Some(counted) = parts.extensions.get::<Counted>() {
        counted.by(me.user.id, Allowance::Requests);
    }
    app.limits.posted(me.user.id, 1)
}

/// Puts what is left of the allowance into the answer's headers.
pub(super) async fn tell_allowance(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let counted = Counted::default();
    request.extensions_mut().insert(counted.clone());
    let mut response = next.run(request).await;
    if let Some((user, allowance)) = counted.get()
        && let Some(balance) = app.limits.balance(user, allowance)
    {
        let headers = response.headers_mut();
        let full_in = balance.full_in.as_millis().div_ceil(1_000);
        put(headers, "ratelimit-limit", balance.limit.into());
        put(headers, "ratelimit-remaining", balance.remaining.into());
        put(headers, "ratelimit-reset", u64::try_from(full_in).unwrap_or(u64::MAX));
    }
    response
}

fn put(headers: &mut HeaderMap, name: &'static str, value: u64) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
}
