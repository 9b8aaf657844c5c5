//! `App`: what every request shares. Cheap to clone; made once at the start.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    auth::{DeviceKey, LoginKeys, Passwords, SetupLink, Throttle},
    chat::marks::Marks,
    config::Options,
    health::Health,
    http::{Assets, Origins},
    limits::Limits,
    live::Live,
    outbox::Mailer,
    store::Db,
    writer::Writers,
};
use crate::model::RoomId;

#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The parts of `App`.
pub struct Shared {
    pub options: Options,
    pub leptos: LeptosOptions,
    pub assets: Assets,
    pub db: Db,
    pub writers: Writers,
    pub live: Arc<Live>,
    /// None if no mail server is set.
    pub mailer: Option<Mailer>,
    pub health: Health,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub login_keys: LoginKeys,
    pub device_key: DeviceKey,
    pub limits: Limits,
    pub origins: Origins,
    pub marks: Marks,
    pub setup: SetupLink,
    /// The id of the database's history.
    pub epoch: String,
    /// This start of this node, as other nodes know it.
    pub node: Uuid,
    /// The room that every new user enters.
    pub general: RoomId,
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

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> Self {
        app.leptos.clone()
    }
}
