//! One connection from its greeting to its end, without input or output: events and orders go in,
//! commands come out.
//!
//! It decides when the outbox is told, so that messages are stored in the order of their writing: from the
//! first `ready` on the oldest that waits, and the next when that one is answered; what was refused for a
//! while goes again after that while. The cid makes each repetition harmless.

mod asking;
mod hearing;
mod holding;

use std::time::Duration;

use self::asking::Asking;
use super::{
    Order,
    delivered::Delivered,
    heartbeat::{Heartbeat, Pulse},
    ladder::Way,
    typing::Typing,
};
use crate::model::{Cid, ClientCommand, Ephemeral, LiveEvent, LiveState, RoomId, Seq, Timestamp, live::Need};

/// A tab that polls is not told who comes and goes: it asks, after every so many answers.
const ANSWERS_PER_WHO: u32 = 5;

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Session {
    way: Way,
    phase: Phase,
    asking: Asking,
    heartbeat: Heartbeat,
    typing: Typing,
    delivered: Delivered,
    /// The send that this connection carries and that is not answered.
    told: Option<Cid>,
    /// The server asked for patience until then.
    hold_until: Option<Timestamp>,
    read_told: Option<(RoomId, Seq)>,
    answers: u32,
    outgoing: Vec<ClientCommand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Silent,
    Greeted,
    /// The first answer to `sync` is complete.
    Ready,
}

/// What must be fetched anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reloads {
    pub(super) page: bool,
    pub(super) all: bool,
}

impl Session {
    /// A connection that is being opened; `read_told` is the mark that the last one told.
    pub(super) const fn new(way: Way, now: Timestamp, read_told: Option<(RoomId, Seq)>) -> Self {
        Self {
            way,
            phase: Phase::Silent,
            asking: Asking::Idle,
            heartbeat: Heartbeat::new(way, now),
            typing: Typing::new(),
            delivered: Delivered::new(),
            told: None,
            hold_until: None,
            read_told,
            answers: 0,
            outgoing: Vec::new(),
        }
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.phase >= Phase::Greeted
    }

    /// Whether the way was of use. A greeting tells it, except where it is made here.
    pub(super) fn has_worked(&self) -> bool {
        self.phase >= if self.way == Way::Polling { Phase::Ready } else { Phase::Greeted }
    }

    pub(super) const fn read_told(&self) -> Option<(RoomId, Seq)> {
        self.read_told
    }

    /// The commands to send now.
    pub(super) fn take_outgoing(&mut self) -> Vec<ClientCommand> {
        std::mem::take(&mut self.outgoing)
    }

    /// Takes in the events of one burst.
    pub(super) fn receive(
        &mut self,
        state: &mut LiveState,
        events: Vec<LiveEvent>,
        now: Timestamp,
    ) -> Reloads {
        self.heartbeat.hear();
        let mut reloads = Reloads::default();
        let (mut is_behind, mut holds_more) = (false, false);
        for event in events {
            holds_more |= self.note(state, &event, now);
            // No greeting would tell that the database has another history. A room that is only kept may just have missed too much.
            reloads.all |= self.way == Way::Polling
                && matches!(&event, LiveEvent::Ephemeral(Ephemeral::Reload { room })
                    if state.timeline.as_ref().is_none_or(|open| open.room == *room));
            match state.apply(event) {
                // Asked once, after the burst, with the newest cursors.
                Some(Need::Tell(ClientCommand::Sync { .. })) => is_behind = true,
                Some(Need::Tell(command)) => self.tell(command),
                Some(Need::Reload) => reloads.page = true,
                Some(Need::ReloadAll) => reloads.all = true,
                None => {}
            }
        }
        if is_behind {
            self.catch_up(state);
        }
        if holds_more {
            self.hold_open(state);
        }
        self.flush(state);
        reloads
    }

    /// Does what `order` asks for, as far as the connection is ready for it.
    pub(super) fn obey(&mut self, state: &LiveState, order: Order, now: Timestamp) {
        match order {
            Order::CatchUp => self.catch_up(state),
            Order::Flush => self.flush(state),
            Order::Read(room, seq) if self.read_told == Some((room, seq)) => {}
            Order::Read(room, seq) => {
                self.read_told = Some((room, seq));
                self.delivered.cover(room, seq, now);
                self.tell(ClientCommand::Read { room, seq });
            }
            Order::Typing(room) if self.is_greeted() => self.outgoing.extend(self.typing.tell(room, now)),
            Order::Typing(_) => {}
            Order::Look => {
                let pulse = self.heartbeat.ask(now);
                self.follow(state, pulse);
            }
        }
    }

    /// How long until `tick` has something to do.
    pub(super) fn due_in(&self, now: Timestamp) -> Duration {
        let dues = self.typing.due().into_iter().chain(self.hold_until).chain(self.delivered.due());
        super::until(dues.fold(self.heartbeat.due(), Ord::min), now)
    }

    /// The rooms in which nobody is known to type any more.
    pub(super) fn take_void_typing(&mut self, now: Timestamp) -> Vec<RoomId> {
        self.typing.take_void(now)
    }

    /// Does what time alone asks for. False if the connection is dead.
    pub(super) fn tick(&mut self, state: &LiveState, now: Timestamp) -> bool {
        if self.hold_until.is_some_and(|until| until <= now) {
            self.hold_until = None;
            if self.asking.patience_ends() {
                self.catch_up(state);
            }
            self.flush(state);
        }
        self.outgoing.extend(self.delivered.take_due(now));
        let pulse = self.heartbeat.beat(now);
        self.follow(state, pulse)
    }

    fn follow(&mut self, state: &LiveState, pulse: Pulse) -> bool {
        match (pulse, self.way) {
            (Pulse::Ask, Way::Socket) => self.tell(ClientCommand::Ping {}),
            // An answer to a post does not tell that the stream still flows; this finds what it lost.
            (Pulse::Ask, Way::Events | Way::Polling) => self.catch_up(state),
            (Pulse::Calm | Pulse::Dead, _) => {}
        }
        pulse != Pulse::Dead
    }

    fn catch_up(&mut self, state: &LiveState) {
        if self.asking.ask(self.is_greeted()) {
            self.tell(state.sync());
        }
    }

    /// Tells the oldest message that waits, unless it was told already.
    fn flush(&mut self, state: &LiveState) {
        if self.phase < Phase::Ready || self.hold_until.is_some() {
            return;
        }
        let Some(send) = state.outbox.first_waiting() else { return };
        if self.told.replace(send.cid) != Some(send.cid) {
            self.outgoing.extend(self.typing.stop());
            self.outgoing.push(send.command());
        }
    }

    fn tell(&mut self, command: ClientCommand) {
        if self.is_greeted() {
            self.outgoing.push(command);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
