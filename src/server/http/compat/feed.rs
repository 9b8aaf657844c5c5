//! A user's live events, one batch after another, for protocols that tell them in words of their own.
//!
//! It is a connection like any other: it counts for presence, ends with its session, and is closed when it
//! falls behind.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{
    model::{LiveEvent, UserRef},
    server::{
        http::live::{begin, hello},
        limits::Place,
        live::{Close, Connection, Line, frame},
        state::App,
    },
};

pub(in crate::server::http) struct Feed {
    connection: Connection,
    _place: Option<Place>,
}

impl Feed {
    /// Listens from now on; the first event is `hello`. `place` comes from `Limits::connection`, and `cut` ends
    /// the way of a peer that reads no more.
    pub(in crate::server::http) async fn open(
        app: &App,
        user: UserRef,
        session: String,
        place: Place,
        cut: CancellationToken,
    ) -> Self {
        Self { _place: Some(place), ..Self::open_in_place(app, user, session, cut).await }
    }

    /// The same for a connection whose place somebody else holds.
    pub(in crate::server::http) async fn open_in_place(
        app: &App,
        user: UserRef,
        session: String,
        cut: CancellationToken,
    ) -> Self {
        let hello = hello(app, &user);
        let connection = app.live.connect(user, session, Line::Stream(cut), &hello);
        begin(app, &connection).await;
        Self { connection, _place: None }
    }

    /// What has happened since the last call, at least one event. May be dropped while it waits.
    ///
    /// # Errors
    /// Why the connection is to end, once everything before was given.
    pub(in crate::server::http) async fn next(&mut self) -> Result<Vec<LiveEvent>, Close> {
        let subscriber = Arc::clone(self.connection.subscriber());
        loop {
            let events: Vec<_> = subscriber.take().iter().flat_map(|frames| read(frames)).collect();
            if !events.is_empty() {
                return Ok(events);
            }
            if let Some(why) = subscriber.closing() {
                return Err(why);
            }
            // Without a socket there is nothing that could fail.
            drop(subscriber.ready().await);
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
            drop(subscriber.ready().await);
        }
    }
}

fn read(frames: &[u8]) -> Vec<LiveEvent> {
    frame::texts(frames).filter_map(|json| serde_json::from_slice(json).ok()).collect()
}
