//! A WebSocket that speaks an older protocol: texts in, texts out, and the user's live events between them.
//!
//! Frames are checked and limited as in the live protocol. One task per connection reads, acts and writes, so
//! answers and events leave in the order in which they came about.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::Request,
    response::{IntoResponse as _, Response},
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{connection::Socket, heard::Heard};
use crate::{
    error::AppError,
    model::UserRef,
    server::{
        http::{
            App,
            live::{feed::Feed, inbox::Received, upgrade::Upgrade},
        },
        limits::{Address, Frames},
        live::{Close, EncodedEvent, WRITE_DEADLINE},
    },
};

/// What is on its way to a peer that takes nothing gets so much longer when the connection is to end.
const GRACE: Duration = Duration::from_secs(1);
/// With so many bytes said, no more events are taken before these have left.
const SAID_BYTES: usize = 64 * 1024;

/// How a protocol speaks. Each text is one frame.
pub(in crate::server::http) trait Dialect: Send + 'static {
    /// What the client is told of something.
    ///
    /// # Errors
    /// Why the conversation is over.
    fn tell(&mut self, heard: Heard<'_>) -> impl Future<Output = Result<Vec<String>, Close>> + Send;

    /// What is told once after several events that came together.
    fn sum_up(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// What a text of the client takes out of its allowance, in ordinary ones.
    fn cost(&self, _text: &str) -> u32 {
        1
    }

    /// Does what the client says, and gives the answer.
    ///
    /// # Errors
    /// Those of the actions; `Invalid` for what it does not understand.
    fn obey(&mut self, text: &str) -> impl Future<Output = Result<Vec<String>, AppError>> + Send;

    /// What the client is told of a refusal.
    fn refuse(&self, error: &AppError) -> String;
}

/// Upgrades the request of `user`, whose origin the caller has checked, and lets `dialect` speak until either
/// side ends it.
///
/// # Errors
/// `RateLimited` if the user or the address has all of their connections.
pub(in crate::server::http) fn speak(
    app: App,
    (user, session): (UserRef, String),
    address: Address,
    mut request: Request,
    dialect: impl Dialect,
) -> Result<Response, AppError> {
    let upgrade = match Upgrade::take(&mut request) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let place = app.limits.connection(user.id, address)?;
    let answer = upgrade.answer();
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let Some((stream, seat, received)) = upgrade.socket().await else { return };
        let cut = CancellationToken::new();
        let feed = Feed::open(&app, user, session, Some(place), cut.clone()).await;
        let mut talk =
            Talk { feed, socket: Socket::new(stream, seat, &received), frames: app.limits.frames(), dialect };
        let why = tokio::select! {
            why = talk.go_on() => why,
            () = cut.cancelled() => Close::Slow,
        };
        talk.socket.end(why).await;
    });
    Ok(answer.into_response())
}

struct Talk<D> {
    feed: Feed,
    socket: Socket,
    frames: Frames,
    dialect: D,
}

impl<D: Dialect> Talk<D> {
    /// Talks until there is a reason to end it.
    async fn go_on(&mut self) -> Close {
        loop {
            let done = tokio::select! {
                events = self.feed.next() => match events {
                    Ok(events) => self.tell(events).await,
                    Err(why) => Err(why),
                },
                received = self.socket.receive() => self.hear(received).await,
            };
            // What was said before the end is still sent, if that takes no time.
            let sent = self.send().await;
            if let Err(why) = done.and(sent) {
                return why;
            }
        }
    }

    /// Writes what was said.
    async fn send(&mut self) -> Result<(), Close> {
        tokio::select! {
            sent = timeout(WRITE_DEADLINE, self.socket.flush()) => match sent {
                Err(_) => Err(Close::Slow),
                Ok(Err(_)) => Err(Close::Gone),
                Ok(Ok(())) => Ok(()),
            },
            why = ended_a_while_ago(&self.feed) => Err(why),
        }
    }

    async fn tell(&mut self, events: Vec<Arc<EncodedEvent>>) -> Result<(), Close> {
        for heard in events.iter().filter_map(|event| Heard::of(event)) {
            let texts = self.dialect.tell(heard).await?;
            self.socket.say(texts);
            // However much comes together: what waits meanwhile is bounded where all events wait.
            if self.socket.outgoing.len() > SAID_BYTES {
                self.send().await?;
            }
        }
        self.socket.say(self.dialect.sum_up());
        Ok(())
    }

    async fn hear(&mut self, received: Received) -> Result<(), Close> {
        if let Some(why) = self.feed.ended() {
            return Err(why);
        }
        if !self.frames.others(self.socket.inbox.take_others()) {
            return Err(Close::Flood);
        }
        let text = match &received {
            Received::Text(text) => text.as_str(),
            Received::Bytes => "",
            Received::Control | Received::Nothing => return Ok(()),
            Received::End(why) => return Err(*why),
        };
        let answer = match self.frames.command(self.dialect.cost(text)) {
            Ok(()) => self.dialect.obey(text).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(texts) => self.socket.say(texts),
            Err(_) if !self.frames.refusal() => return Err(Close::Flood),
            Err(error) => self.socket.say(vec![self.dialect.refuse(&error)]),
        }
        Ok(())
    }
}

async fn ended_a_while_ago(feed: &Feed) -> Close {
    let why = feed.closing().await;
    sleep(GRACE).await;
    why
}
