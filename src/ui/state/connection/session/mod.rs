//! One connection from its greeting to its end, without input or output: events and orders go in,
//! commands come out.
//!
//! It decides when the outbox is told, so that messages arrive in the order of their writing: all that
//! waits after the first `ready`, each new one at once, and what was refused for a while after that
//! while. The cid makes each repetition harmless.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Order,
    heartbeat::{Heartbeat, Pulse},
    typing::Typing,
};
use crate::{
    error::AppError,
    model::{Cid, ClientCommand, LiveEvent, LiveState, RoomId, Seq, Timestamp, live::Need},
};

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Session {
    phase: Phase,
    sync: Sync,
    heartbeat: Heartbeat,
    typing: Typing,
    /// Sends that this connection has carried and that are not answered.
    told: BTreeSet<Cid>,
    /// The server asked for patience until then.
    hold_until: Option<Timestamp>,
    read_told: Option<(RoomId, Seq)>,
    outgoing: Vec<ClientCommand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Silent,
    Greeted,
    /// The first answer to `sync` is complete.
    Ready,
}

/// An answer to `sync` repeats the list of rooms, so only one is awaited at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    Idle,
    Awaited,
    /// Something was missing after it was asked.
    AwaitedAndDueAgain,
}

/// What must be fetched anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reloads {
    pub(super) page: bool,
    pub(super) all: bool,
}

impl Session {
    /// A connection that is being opened; `read_told` is the mark that the last one told.
    pub(super) const fn new(now: Timestamp, read_told: Option<(RoomId, Seq)>) -> Self {
        Self {
            phase: Phase::Silent,
            sync: Sync::Idle,
            heartbeat: Heartbeat::new(now),
            typing: Typing::new(),
            told: BTreeSet::new(),
            hold_until: None,
            read_told,
            outgoing: Vec::new(),
        }
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.phase >= Phase::Greeted
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
        let mut is_behind = false;
        for event in events {
            self.note(state, &event, now);
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
                self.tell(ClientCommand::Read { room, seq });
            }
            Order::Typing(room) if self.is_greeted() => self.outgoing.extend(self.typing.tell(room, now)),
            Order::Typing(_) => {}
            Order::Look => {
                let pulse = self.heartbeat.ask(now);
                self.follow(pulse);
            }
        }
    }

    /// How long until `tick` has something to do.
    pub(super) fn due_in(&self, now: Timestamp) -> Duration {
        let dues = self.typing.due().into_iter().chain(self.hold_until);
        let due = dues.fold(self.heartbeat.due(), Ord::min);
        Duration::from_micros(due.micros_since(now).try_into().unwrap_or(0))
    }

    /// The rooms in which nobody is known to type any more.
    pub(super) fn take_void_typing(&mut self, now: Timestamp) -> Vec<RoomId> {
        self.typing.take_void(now)
    }

    /// Does what time alone asks for. False if the connection is dead.
    pub(super) fn tick(&mut self, state: &LiveState, now: Timestamp) -> bool {
        if self.hold_until.is_some_and(|until| until <= now) {
            self.hold_until = None;
            if self.sync == Sync::AwaitedAndDueAgain {
                self.sync = Sync::Idle;
                self.catch_up(state);
            }
            self.flush(state);
        }
        let pulse = self.heartbeat.beat(now);
        self.follow(pulse)
    }

    fn follow(&mut self, pulse: Pulse) -> bool {
        if pulse == Pulse::Ask {
            self.tell(ClientCommand::Ping {});
        }
        pulse != Pulse::Dead
    }

    fn note(&mut self, state: &LiveState, event: &LiveEvent, now: Timestamp) {
        match event {
            LiveEvent::Hello { .. } => self.phase = Phase::Greeted,
            LiveEvent::Ready {} => self.note_ready(state),
            LiveEvent::Delivery { cid, .. } => {
                self.told.remove(cid);
            }
            LiveEvent::Error { cid, error } => self.note_error(*cid, error, now),
            LiveEvent::Typing { room, users } => self.typing.hear(*room, !users.is_empty(), now),
            _ => {}
        }
    }

    fn note_ready(&mut self, state: &LiveState) {
        let was_behind = std::mem::replace(&mut self.sync, Sync::Idle) == Sync::AwaitedAndDueAgain;
        if was_behind {
            self.catch_up(state);
        }
        if self.phase == Phase::Ready {
            return;
        }
        self.phase = Phase::Ready;
        self.tell(ClientCommand::Who {});
        if let Some((room, seq)) = self.read_told
            && state.room(room).is_some_and(|room| room.unread > 0 && room.read_seq < seq)
        {
            // The mark may have gone down with the last connection.
            self.tell(ClientCommand::Read { room, seq });
        }
        self.flush(state);
    }

    fn note_error(&mut self, cid: Option<Cid>, error: &AppError, now: Timestamp) {
        if let Some(cid) = cid {
            self.told.remove(&cid);
        } else if error.is_retryable() && self.sync != Sync::Idle {
            // It may have been the `sync`.
            self.sync = Sync::AwaitedAndDueAgain;
        }
        let Some(wait_ms) = error.retry_after_ms() else { return };
        let wait = i64::try_from(wait_ms).unwrap_or(i64::MAX).saturating_mul(1_000);
        self.hold_until = self.hold_until.max(Some(Timestamp(now.0.saturating_add(wait))));
    }

    fn catch_up(&mut self, state: &LiveState) {
        if self.sync != Sync::Idle {
            self.sync = Sync::AwaitedAndDueAgain;
        } else if self.is_greeted() {
            self.sync = Sync::Awaited;
            self.tell(state.sync());
        }
    }

    /// Tells what waits in the outbox and was not told yet.
    fn flush(&mut self, state: &LiveState) {
        if self.phase < Phase::Ready || self.hold_until.is_some() {
            return;
        }
        for command in state.outbox.waiting() {
            if let ClientCommand::Message { cid, .. } = &command
                && self.told.insert(*cid)
            {
                self.outgoing.extend(self.typing.stop());
                self.outgoing.push(command);
            }
        }
    }

    fn tell(&mut self, command: ClientCommand) {
        if self.is_greeted() {
            self.outgoing.push(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        LiveEvent as E, Me, RoomSummary, SiteRole,
        event::Limits,
        outbox::{Send, Target, tests::send},
        page::Overview,
        timeline::tests::{ROOM, summary, user},
    };

    const SECOND: i64 = 1_000_000;

    fn room() -> RoomSummary {
        RoomSummary { unread: 2, ..summary(5) }
    }

    /// A session and the state that it moves.
    struct Tab {
        state: LiveState,
        session: Session,
        now: Timestamp,
    }

    impl Tab {
        fn new() -> Self {
            let me = Me { user: user(1), email: String::new(), role: SiteRole::Member };
            let overview = Overview { me, epoch: "e".into(), rooms: vec![room()], online: Vec::new() };
            let now = Timestamp(0);
            Self { state: LiveState::new(overview), session: Session::new(now, None), now }
        }

        fn ready() -> Self {
            let mut tab = Self::new();
            tab.hear([hello(), E::Rooms { rooms: vec![room()] }, E::Ready {}]);
            tab
        }

        fn hear<const N: usize>(&mut self, events: [E; N]) -> Vec<ClientCommand> {
            self.session.receive(&mut self.state, events.into(), self.now);
            self.session.take_outgoing()
        }

        fn obey(&mut self, order: Order) -> Vec<ClientCommand> {
            self.session.obey(&self.state, order, self.now);
            self.session.take_outgoing()
        }

        fn write(&mut self, text: &str) -> Send {
            let send = Send { text: text.into(), ..send(Target::Room(ROOM), self.now.0) };
            self.state.outbox.push(send.clone());
            send
        }

        /// Lets time pass to the next thing that is due.
        fn pass(&mut self) -> Vec<ClientCommand> {
            let due = self.session.due_in(self.now);
            self.now.0 += i64::try_from(due.as_micros()).unwrap();
            assert!(self.session.tick(&self.state, self.now));
            self.session.take_outgoing()
        }
    }

    fn hello() -> E {
        let limits = Limits { message_chars: 5_000, frame_bytes: 65_536 };
        E::Hello { epoch: "e".into(), user: user(1), heartbeat_ms: 25_000, limits }
    }

    fn busy(send: &Send) -> E {
        E::Error { cid: Some(send.cid), error: AppError::RateLimited { retry_after_ms: 3_000 } }
    }

    #[test]
    fn nothing_is_said_before_the_greeting() {
        let mut tab = Tab::new();
        tab.write("hi");
        for order in [Order::CatchUp, Order::Flush, Order::Typing(ROOM), Order::Read(ROOM, Seq(1))] {
            assert_eq!(tab.obey(order), []);
        }
    }

    #[test]
    fn what_waited_is_told_in_order_after_the_first_ready() {
        let mut tab = Tab::new();
        let (first, second) = (tab.write("first"), tab.write("second"));
        assert_eq!(tab.hear([hello()]), [tab.state.sync()]);
        assert_eq!(tab.obey(Order::Flush), []);
        let told = tab.hear([E::Ready {}]);
        assert_eq!(told, [ClientCommand::Who {}, first.command(), second.command()]);
        assert_eq!(tab.hear([E::Ready {}]), []);
        let third = tab.write("third");
        assert_eq!(tab.obey(Order::Flush), [third.command()]);
    }

    #[test]
    fn a_refusal_for_a_while_holds_the_rest_back() {
        let mut tab = Tab::ready();
        let first = tab.write("first");
        tab.obey(Order::Flush);
        assert_eq!(tab.hear([busy(&first)]), []);
        let second = tab.write("second");
        assert_eq!(tab.obey(Order::Flush), []);
        assert_eq!(tab.pass(), [first.command(), second.command()]);
        assert_eq!(tab.now, Timestamp(3 * SECOND));
    }

    #[test]
    fn a_refused_send_goes_again_only_when_the_writer_says_so() {
        let mut tab = Tab::ready();
        let send = tab.write("hi");
        tab.obey(Order::Flush);
        tab.hear([E::Error { cid: Some(send.cid), error: AppError::Forbidden }]);
        assert_eq!(tab.obey(Order::Flush), []);
        tab.state.outbox.retry(send.cid);
        assert_eq!(tab.obey(Order::Flush), [send.command()]);
    }

    #[test]
    fn one_answer_is_awaited_at_a_time() {
        let mut tab = Tab::new();
        assert_eq!(tab.hear([hello()]).len(), 1);
        assert_eq!(tab.obey(Order::CatchUp), []);
        let told = tab.hear([E::Ready {}]);
        assert_eq!(told, [tab.state.sync(), ClientCommand::Who {}]);
        assert_eq!(tab.hear([E::Ready {}]), []);
        assert_eq!(tab.obey(Order::CatchUp), [tab.state.sync()]);
    }

    #[test]
    fn a_sync_refused_for_a_while_is_asked_again() {
        let mut tab = Tab::new();
        tab.hear([hello()]);
        tab.hear([E::Error { cid: None, error: AppError::UNAVAILABLE }]);
        assert_eq!(tab.pass(), [tab.state.sync()]);
    }

    #[test]
    fn a_mark_is_told_once_and_again_on_the_next_connection() {
        let mut tab = Tab::ready();
        let mark = ClientCommand::Read { room: ROOM, seq: Seq(5) };
        assert_eq!(tab.obey(Order::Read(ROOM, Seq(5))), std::slice::from_ref(&mark));
        assert_eq!(tab.obey(Order::Read(ROOM, Seq(5))), []);
        tab.session = Session::new(tab.now, tab.session.read_told());
        tab.hear([hello()]);
        assert!(tab.hear([E::Ready {}]).contains(&mark));
    }

    #[test]
    fn sending_ends_the_typing() {
        let mut tab = Tab::ready();
        tab.obey(Order::Typing(ROOM));
        let send = tab.write("hi");
        let off = ClientCommand::Typing { room: ROOM, on: false };
        assert_eq!(tab.obey(Order::Flush), [off, send.command()]);
    }

    #[test]
    fn typing_of_others_fades() {
        let mut tab = Tab::ready();
        tab.hear([E::Typing { room: ROOM, users: vec![user(2)] }]);
        tab.now.0 += 6 * SECOND;
        assert_eq!(tab.session.due_in(tab.now), Duration::ZERO);
        assert_eq!(tab.session.take_void_typing(tab.now), [ROOM]);
    }

    #[test]
    fn a_page_that_comes_into_sight_looks_whether_anyone_is_there() {
        let mut tab = Tab::ready();
        assert_eq!(tab.obey(Order::Look), [ClientCommand::Ping {}]);
        assert_eq!(tab.session.due_in(tab.now), Duration::from_secs(10));
        tab.now.0 += 10 * SECOND;
        assert!(!tab.session.tick(&tab.state, tab.now), "nobody answered");
    }
}
