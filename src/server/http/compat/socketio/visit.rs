//! What is known of a client from its first request: whom it speaks for, from where, in which language.

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{extract::FromRequestParts as _, http::request::Parts};

use super::{Client, Door, Known};
use crate::{
    error::AppError,
    model::Scope,
    server::{
        auth::{self, Proof},
        context::language_of,
        http::{
            caller::Caller,
            middleware::{bearer_token, require_own_page},
        },
        limits::{Address, Handshake, Place},
        state::App,
    },
    ui::i18n::Locale,
};

/// It lives as long as the library knows the client, and so does the client's place.
pub(super) struct Visit {
    pub(super) locale: Locale,
    pub(super) client: Client,
    pub(super) address: Address,
    /// None until the client says who it is.
    caller: Mutex<Option<Caller>>,
    place: Mutex<Held>,
    greeted: AtomicBool,
    known: OnceLock<Known>,
}

/// What kind of place a client has.
enum Held {
    /// It has not said who it is.
    Handshake {
        _place: Handshake,
    },
    Named {
        _place: Place,
    },
}

/// Ends a client that has not said within this time who it is.
pub(super) async fn end_unless_named(visit: Weak<Visit>, within: Duration) {
    tokio::time::sleep(within).await;
    if let Some(visit) = visit.upgrade()
        && matches!(*lock(&visit.place), Held::Handshake { .. })
    {
        visit.client.cut.cancel();
    }
}

impl Visit {
    /// Begins with a client's first request: by a token of its query or header, or by the session of one of our own
    /// pages. Without these the client may say who it is with its first packet.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is not good; `WrongOrigin` for a session from elsewhere than our own pages;
    /// `Forbidden` for a token that only reads; `RateLimited` if the user or the address has too many connections.
    pub(super) async fn begin(
        app: &App,
        parts: &mut Parts,
        token: Option<&str>,
        address: Address,
        client: Client,
    ) -> Result<Self, AppError> {
        let caller = match token {
            Some(token) => Some(identify(app, token, address).await?),
            None => match Caller::from_request_parts(parts, app).await {
                Err(AppError::Unauthenticated) if bearer_token(&parts.headers).is_none() => None,
                caller => Some(caller?),
            },
        };
        if caller.as_ref().is_some_and(|caller| caller.proof == Proof::Cookie) {
            require_own_page(app, &parts.headers)?;
        }
        let place = match &caller {
            Some(caller) => Held::Named { _place: app.limits.connection(caller.me.user.id, address)? },
            None => Held::Handshake { _place: app.limits.handshake(address, client.cut.clone()) },
        };
        let (caller, place) = (Mutex::new(caller), Mutex::new(place));
        let (greeted, known) = (AtomicBool::new(false), OnceLock::new());
        Ok(Self { locale: language_of(parts), client, address, caller, place, greeted, known })
    }

    /// The library gave the client this id: further requests may come with it.
    pub(super) fn make_known(&self, door: Door, sid: String) {
        self.known.get_or_init(|| Known::new(door, sid, self.client.clone()));
    }

    /// Whether the client joins for the first time. It joins once: after that it comes by a new connection.
    pub(super) fn greets_first(&self) -> bool {
        !self.greeted.swap(true, Ordering::Relaxed)
    }

    /// Who it is: by the token of its first packet, else as its first request said.
    ///
    /// # Errors
    /// `Unauthenticated`; `Forbidden` for a token that only reads; `RateLimited` if the user has too many connections.
    pub(super) async fn caller(&self, app: &App, token: Option<&str>) -> Result<Caller, AppError> {
        let Some(token) = token else {
            return lock(&self.caller).take().ok_or(AppError::Unauthenticated);
        };
        let caller = identify(app, token, self.address).await?;
        let place = app.limits.connection(caller.me.user.id, self.address)?;
        *lock(&self.place) = Held::Named { _place: place };
        Ok(caller)
    }
}

async fn identify(app: &App, token: &str, address: Address) -> Result<Caller, AppError> {
    let caller = auth::identify(app, token, address.0).await?;
    caller.require(Scope::Write)?;
    Ok(caller)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
