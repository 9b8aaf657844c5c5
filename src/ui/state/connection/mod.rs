//! The tab's connection to `/api/live`: opens it, keeps it, opens it again.
//!
//! The parts that decide (`session`, `heartbeat`, `typing`, `backoff`) are pure; this file moves frames
//! between them and the browser's socket. `state::live` starts it and gives the orders.

mod backoff;
mod heartbeat;
mod session;
mod typing;

use std::{pin::pin, time::Duration};

use futures::{FutureExt, StreamExt, channel::mpsc::UnboundedReceiver, select_biased};
use leptos::prelude::*;

use self::{
    backoff::Backoff,
    session::{Reloads, Session},
};
use crate::{
    api::rooms::load_overview,
    browser::{self, Closed, socket::Socket},
    error::AppError,
    model::{LiveEvent, LiveState, RoomId, Seq, Timestamp},
};

const PATH: &str = "/api/live";
/// The close code for a session that has ended.
const SESSION_ENDED: u16 = 4001;
/// After so many failed tries in a row it is asked whether the session still lives, since a browser does
/// not tell why an upgrade was refused.
const DOUBT: u32 = 2;
/// Who signs out in this tab is on the way to the sign-in page already, and does not come back here.
const SIGN_OUT_GRACE: Duration = Duration::from_secs(1);
/// Tabs whose history was replaced load again within so many seconds, not all at once.
const RELOAD_SPREAD: f64 = 2.0;

/// What the views ask of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Ask for what was missed.
    CatchUp,
    /// Send what waits in the outbox.
    Flush,
    /// The reader types.
    Typing(RoomId),
    /// Everything up to there has been read.
    Read(RoomId, Seq),
    /// The page came into sight or the network came back: is the connection still there?
    Look,
}

/// The signals that the connection moves.
#[derive(Clone, Copy)]
pub(super) struct Connected {
    pub(super) state: RwSignal<LiveState>,
    pub(super) reloads: RwSignal<u32>,
}

/// Why a connection is over.
enum End {
    Closed(Closed),
    /// It no longer answers.
    Dead,
    /// Everything must be loaded anew.
    Outdated,
    /// The views that it served are gone.
    Unwanted,
}

enum Input {
    Frames(Result<Vec<String>, Closed>),
    Order(Option<Order>),
    Tick,
}

/// Runs until the session ends or the signals are gone.
pub(super) async fn run(connected: Connected, mut orders: UnboundedReceiver<Order>) {
    let mut backoff = Backoff::default();
    let mut read_told = None;
    loop {
        let begun = browser::now();
        let mut session = Session::new(begun, read_told);
        match converse(connected, &mut session, &mut orders).await {
            End::Closed(Closed { code: Some(SESSION_ENDED) }) => return sign_in_again(connected).await,
            End::Outdated => return load_again().await,
            End::Unwanted => return,
            End::Closed(_) | End::Dead => {}
        }
        connected.state.try_update(LiveState::disconnect);
        if !session.is_greeted() && backoff.failures() >= DOUBT && is_signed_out().await {
            return sign_in_again(connected).await;
        }
        read_told = session.read_told();
        let pause = backoff.pause(lifetime(&session, begun), browser::random());
        wait(pause, &mut orders, &mut read_told).await;
    }
}

/// One connection, from its opening to its end.
async fn converse(connected: Connected, session: &mut Session, orders: &mut UnboundedReceiver<Order>) -> End {
    let Some(mut socket) = Socket::open(PATH) else { return End::Dead };
    loop {
        for command in session.take_outgoing() {
            match serde_json::to_string(&command) {
                Ok(frame) => socket.send(frame),
                Err(error) => tracing::error!(%error, "a command has no JSON"),
            }
        }
        let end = match next_input(&mut socket, orders, session.due_in(browser::now())).await {
            Input::Frames(Ok(frames)) => connected.receive(session, &frames),
            Input::Frames(Err(closed)) => Some(End::Closed(closed)),
            Input::Order(Some(order)) => connected.obey(session, order),
            Input::Order(None) => Some(End::Unwanted),
            Input::Tick => connected.tick(session),
        };
        if let Some(end) = end {
            return end;
        }
    }
}

async fn next_input(socket: &mut Socket, orders: &mut UnboundedReceiver<Order>, due: Duration) -> Input {
    let mut frames = pin!(socket.next().fuse());
    let mut tick = pin!(browser::sleep(due).fuse());
    select_biased! {
        frames = frames => Input::Frames(frames),
        order = orders.next() => Input::Order(order),
        () = tick => Input::Tick,
    }
}

impl Connected {
    /// One update of the state for all frames of a burst, and none for those that change nothing.
    fn receive(self, session: &mut Session, frames: &[String]) -> Option<End> {
        let events: Vec<LiveEvent> = frames.iter().filter_map(|frame| parse(frame)).collect();
        let is_news = events.iter().any(|event| !matches!(event, LiveEvent::Pong {} | LiveEvent::Unknown));
        let now = browser::now();
        let update = |state: &mut LiveState| (is_news, session.receive(state, events, now));
        match self.state.try_maybe_update(update) {
            None => Some(End::Unwanted),
            Some(Reloads { all: true, .. }) => Some(End::Outdated),
            Some(Reloads { page: true, .. }) => {
                self.reloads.try_update(|count| *count += 1);
                None
            }
            Some(Reloads { .. }) => None,
        }
    }

    fn obey(self, session: &mut Session, order: Order) -> Option<End> {
        let now = browser::now();
        let obeyed = self.state.try_with_untracked(|state| session.obey(state, order, now));
        obeyed.is_none().then_some(End::Unwanted)
    }

    fn tick(self, session: &mut Session) -> Option<End> {
        let now = browser::now();
        let void = session.take_void_typing(now);
        let is_alive = self.state.try_maybe_update(|state| {
            void.iter().for_each(|room| state.expire_typing(*room));
            (!void.is_empty(), session.tick(state, now))
        });
        match is_alive {
            None => Some(End::Unwanted),
            Some(true) => None,
            Some(false) => Some(End::Dead),
        }
    }
}

fn parse(frame: &str) -> Option<LiveEvent> {
    serde_json::from_str(frame).inspect_err(|error| tracing::warn!(%error, "a frame is no event")).ok()
}

/// How long a connection lived; one that was never greeted did not.
fn lifetime(session: &Session, begun: Timestamp) -> Duration {
    let micros = if session.is_greeted() { browser::now().micros_since(begun) } else { 0 };
    Duration::from_micros(micros.try_into().unwrap_or(0))
}

/// Waits for the next try, less if the page comes into sight or the network comes back. Orders given
/// meanwhile find their answer in the greeting of the next connection.
async fn wait(pause: Duration, orders: &mut UnboundedReceiver<Order>, read_told: &mut Option<(RoomId, Seq)>) {
    let mut pause = pin!(browser::sleep(pause).fuse());
    loop {
        select_biased! {
            order = orders.next() => match order {
                Some(Order::Look) | None => return,
                Some(Order::Read(room, seq)) => *read_told = Some((room, seq)),
                Some(_) => {}
            },
            () = pause => return,
        }
    }
}

async fn sign_in_again(connected: Connected) {
    connected.state.try_update(LiveState::disconnect);
    browser::sleep(SIGN_OUT_GRACE).await;
    browser::sign_in_again();
}

async fn load_again() {
    browser::sleep(Duration::from_secs_f64(RELOAD_SPREAD * browser::random())).await;
    browser::reload();
}

async fn is_signed_out() -> bool {
    load_overview().await == Err(AppError::Unauthenticated)
}
