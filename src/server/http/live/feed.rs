//! What a user's connection hears, as typed events: for streams, and for protocols with words of their own.
//!
//! It is a connection like any other: it counts for presence, ends with its session, and is closed when it
//! falls behind.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{begin, hello};
use crate::{
    model::UserRef,
    server::{
        http::App,
        limits::Place,
        live::{Close, Connection, EncodedEvent, Transport},
    },
};

pub(in crate::server::http) struct Feed {
    connection: Connection,
    /// None if somebody else holds the connection's place.
    _place: Option<Place>,
}

impl Feed {
    /// Listens from now on; the first event is `hello`. `place` comes from `Limits::connection`, and `cut` ends
    /// the way of a peer that reads no more.
    pub(in crate::server::http) async fn open(
        app: &App,
        user: UserRef,
        session: String,
        place: Option<Place>,
        cut: CancellationToken,
    ) -> Self {
        let feed = Self::connect(app, user, session, place, cut);
        feed.begin(app).await;
        feed
    }

    /// Connects, and hears `hello` and nothing of any room until `begin`.
    pub(super) fn connect(
        app: &App,
        user: UserRef,
        session: String,
        place: Option<Place>,
        cut: CancellationToken,
    ) -> Self {
        let hello = hello(app, &user);
        let connection = app.chat.live.connect(user, session, Transport::Stream(cut), &hello);
        Self { connection, _place: place }
    }

    /// Hears of the user's rooms from now on.
    pub(super) async fn begin(&self, app: &App) {
        begin(app, &self.connection).await;
    }

    /// What has happened since the last call, at least one event. May be dropped while it waits.
    ///
    /// # Errors
    /// Why the connection is to end, once everything before was given.
    pub(in crate::server::http) async fn next(&mut self) -> Result<Vec<Arc<EncodedEvent>>, Close> {
        let subscriber = self.connection.subscriber();
        loop {
            let events = subscriber.take();
            if !events.is_empty() {
                return Ok(events);
            }
            if let Some(why) = subscriber.closing() {
                return Err(why);
            }
            subscriber.woken().await;
        }
    }

    /// Why the connection is to end, once it is: then nothing that the client says counts any more.
    pub(in crate::server::http) fn ended(&self) -> Option<Close> {
        self.connection.subscriber().closing()
    }

    /// Waits until the connection is to end, whatever was not given yet. May be dropped while it waits.
    pub(in crate::server::http) async fn closing(&self) -> Close {
        let subscriber = self.connection.subscriber();
        loop {
            if let Some(why) = subscriber.closing() {
                return why;
            }
            subscriber.woken().await;
        }
    }
}
