//! What is known of a client from its first request: whom it speaks for, from where, in which language.

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::request::Parts;

use super::{
    super::visitor::{self, TOKEN},
    Client, Known, SocketService,
};
use crate::{
    error::AppError,
    model::Scope,
    server::{
        auth::{self, Proof},
        context::language_of,
        http::{
            App,
            caller::Caller,
            extract::parameter,
            middleware::{bearer_token, require_own_page},
        },
        limits::{Address, Handshake, Place},
    },
    words::Locale,
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
        address: Address,
        client: Client,
    ) -> Result<Self, AppError> {
        let shows_token = parameter(&parts.uri, TOKEN).is_some() || bearer_token(&parts.headers).is_some();
        let caller = match visitor::identify(parts, app).await {
            Err(AppError::Unauthenticated) if !shows_token => None,
            caller => Some(caller?),
        };
        if let Some(caller) = &caller {
            caller.require(Scope::Write)?;
            if caller.proof == Proof::Cookie {
                require_own_page(app, &parts.headers)?;
            }
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
    pub(super) fn make_known(&self, sockets: SocketService, sid: String) {
        self.known.get_or_init(|| Known::new(sockets, sid, self.client.clone()));
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
        let caller = auth::identify(&app.auth, token, self.address.0).await?;
        caller.require(Scope::Write)?;
        let place = app.limits.connection(caller.me.user.id, self.address)?;
        *lock(&self.place) = Held::Named { _place: place };
        Ok(caller)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
