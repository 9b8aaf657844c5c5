//! `App`: what requests share. Cheap to clone; made once at the start, and known to the starters and to this folder only.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{assets::Assets, middleware::Origins};
use crate::server::{auth::Auth, chat::Chat, config::Options, health::Health, limits::Limits};

#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The parts of `App`.
pub struct Shared {
    /// What the actions need.
    pub chat: Arc<Chat>,
    /// What finding out who asks needs.
    pub auth: Arc<Auth>,
    pub limits: Arc<Limits>,
    pub health: Health,
    pub options: Options,
    pub leptos: LeptosOptions,
    pub assets: Assets,
    pub origins: Origins,
    /// Cancelled when the server is to stop.
    pub stop: CancellationToken,
    /// Connections that outlive their request.
    pub tasks: TaskTracker,
}

impl App {
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Arc<Chat> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.chat)
    }
}

impl FromRef<App> for Arc<Auth> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.auth)
    }
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
