//! The tab's connection to the server: opens it, keeps it, opens it again.
//!
//! The parts that decide (`ladder`, `backoff`, `session` and its parts) are pure; this file moves events and
//! commands between them and a `transport`. `state::live` starts it and gives the orders.

mod backoff;
mod delivered;
mod heartbeat;
mod ladder;
mod session;
#[cfg(test)]
mod tests;
mod transport;
mod typing;

use std::{pin::pin, time::Duration};

use futures::{FutureExt, StreamExt, channel::mpsc::UnboundedReceiver, select_biased};
use leptos::prelude::*;

use self::{
    ladder::{Ladder, Life, Next},
    session::Session,
    transport::Transport,
};
use super::live::LiveCell;
use crate::{
    api::rooms::load_overview,
    browser,
    error::AppError,
    model::{LiveEvent, LiveState, RoomId, Seq, Timestamp, live::ConnectionState, stream::Bye},
};

/// Who signs out in this tab is on the way to the sign-in page already, and does not come back here.
const SIGN_OUT_GRACE: Duration = Duration::from_secs(1);
/// Tabs whose history was replaced load again within so many seconds, not all at once,
const RELOAD_SPREAD: f64 = 2.0;
/// and those that are too old for their server within so many: while nodes are updated one by one, a page may come from an old one.
const UPDATE_SPREAD: f64 = 20.0;

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

/// What the connection moves.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) state: LiveCell,
    pub(super) reloads: RwSignal<u32>,
}

/// Why a connection is over.
enum End {
    Closed(Bye),
    /// It no longer answers.
    Dead,
    /// It is time to try the better way.
    Left,
    /// Everything must be loaded anew.
    Outdated,
    /// The views that it served are gone.
    Unwanted,
}

enum Input {
    Events(Result<Vec<LiveEvent>, Bye>),
    Order(Option<Order>),
    Tick,
}

/// Runs until the session ends or the signals are gone.
pub(super) async fn run(connected: Connected, mut orders: UnboundedReceiver<Order>) {
    let mut ladder = Ladder::default();
    let mut read_told = None;
    loop {
        let begun = browser::uptime();
        let mut session = Session::new(ladder.way(), begun, read_told);
        let end = converse(&connected, &ladder, &mut session, &mut orders).await;
        read_told = session.read_told();
        let mut life = life(&session, begun);
        match end {
            End::Closed(bye) if bye.code == Bye::SESSION_ENDED.code => {
                return sign_in_again(&connected).await;
            }
            End::Outdated => return load_again(&connected).await,
            End::Unwanted => return,
            End::Left => {
                ladder.retry_socket();
                continue;
            }
            End::Closed(bye) => life.retry_after_ms = bye.retry_after_ms,
            End::Dead => life.silent = !life.worked,
        }
        let mut next = ladder.after(life, browser::uptime(), browser::random());
        if next == Next::Ask {
            next = match load_overview(String::new()).await {
                Err(AppError::Unauthenticated) => return sign_in_again(&connected).await,
                answer => ladder.asked(answer.is_ok(), browser::uptime(), browser::random()),
            };
        }
        if let Next::After(pause) = next {
            connected.state.update(LiveState::disconnect);
            wait(pause, &mut orders, &mut read_told).await;
        }
    }
}

/// One connection, from its opening to its end.
async fn converse(
    connected: &Connected,
    ladder: &Ladder,
    session: &mut Session,
    orders: &mut UnboundedReceiver<Order>,
) -> End {
    let user = connected.state.with(|state| state.me.user.id);
    let mut transport = match Transport::open(ladder.way(), user).await {
        Ok(transport) => transport,
        Err(bye) => return End::Closed(bye),
    };
    loop {
        session.take_outgoing().iter().for_each(|command| transport.send(command));
        let now = browser::uptime();
        let left = ladder.retry_at().map(|at| until(at, now));
        let due = left.unwrap_or(Duration::MAX).min(session.due_in(now));
        let end = match next_input(&mut transport, orders, due).await {
            Input::Events(Ok(events)) => connected.receive(session, events),
            Input::Events(Err(bye)) => Some(End::Closed(bye)),
            Input::Order(Some(order)) => {
                connected.obey(session, order);
                None
            }
            Input::Order(None) => Some(End::Unwanted),
            Input::Tick if left == Some(Duration::ZERO) => Some(End::Left),
            Input::Tick => connected.tick(session),
        };
        if let Some(end) = end {
            return end;
        }
    }
}

async fn next_input(
    transport: &mut Transport,
    orders: &mut UnboundedReceiver<Order>,
    due: Duration,
) -> Input {
    let mut events = pin!(transport.next().fuse());
    let mut tick = pin!(browser::sleep(due).fuse());
    select_biased! {
        events = events => Input::Events(events),
        order = orders.next() => Input::Order(order),
        () = tick => Input::Tick,
    }
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::from_micros(at.micros_since(now).try_into().unwrap_or(0))
}

impl Connected {
    /// One update of the state for all frames of a burst.
    fn receive(&self, session: &mut Session, events: Vec<LiveEvent>) -> Option<End> {
        let now = browser::uptime();
        let reloads = self.state.update(|state| session.receive(state, events, now));
        if reloads.page {
            self.reloads.try_update(|count| *count += 1);
        }
        reloads.all.then_some(End::Outdated)
    }

    fn obey(&self, session: &mut Session, order: Order) {
        let now = browser::uptime();
        self.state.with(|state| session.obey(state, order, now));
    }

    fn tick(&self, session: &mut Session) -> Option<End> {
        let now = browser::uptime();
        let void = session.take_void_typing(now);
        let is_alive = self.state.update(|state| {
            void.iter().for_each(|room| state.expire_typing(*room));
            session.tick(state, now)
        });
        (!is_alive).then_some(End::Dead)
    }
}

/// What is told of a connection that is over. One that did not work did not live.
fn life(session: &Session, begun: Timestamp) -> Life {
    let worked = session.has_worked();
    let lived = if worked { until(browser::uptime(), begun) } else { Duration::ZERO };
    Life { worked, lived, ..Life::default() }
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

async fn sign_in_again(connected: &Connected) {
    connected.state.update(LiveState::disconnect);
    browser::sleep(SIGN_OUT_GRACE).await;
    browser::sign_in_again();
}

async fn load_again(connected: &Connected) {
    let is_too_old = connected.state.with(|state| *state.connection == ConnectionState::Outdated);
    let spread = if is_too_old { UPDATE_SPREAD } else { RELOAD_SPREAD };
    browser::sleep(Duration::from_secs_f64(spread * browser::random())).await;
    browser::reload();
}
