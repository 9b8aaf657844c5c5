//! What a session says when, and what it keeps to itself.

use super::*;
use crate::error::AppError;
use crate::model::{
    Change, Ephemeral as E, LiveEvent, Me, MessageId, People, RoomSummary, SiteRole, UserId,
    event::{Limits, Protocol},
    outbox::{Send, Target, tests::send},
    overview::Rest,
    page::{Overview, RECEIPTS_MAX},
    timeline::tests::{ROOM, member, message, page, summary, user},
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
        Self::on(Way::Socket)
    }

    fn on(way: Way) -> Self {
        let me = Me { user: user(1), email: None, role: SiteRole::Member };
        let overview = Overview {
            me,
            epoch: "e".into(),
            protocol: Protocol::CURRENT,
            rooms: vec![room()],
            rest: Rest::default(),
            invitations: Vec::new(),
            online: Vec::new(),
            people: People::default(),
            people_seq: Seq(0),
        };
        let now = Timestamp(0);
        Self { state: LiveState::new(overview), session: Session::new(way, now, None), now }
    }

    fn ready() -> Self {
        let mut tab = Self::new();
        tab.hear([hello(), E::Rooms { rooms: vec![room()], rest: Some(Rest::default()) }, E::Ready {}]);
        tab
    }

    fn hear<const N: usize>(&mut self, events: [impl Into<LiveEvent>; N]) -> Vec<ClientCommand> {
        self.session.receive(&mut self.state, events.map(Into::into).into(), self.now);
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

pub(in crate::ui::state::connection) fn hello() -> E {
    let limits = Limits { message_chars: 5_000, frame_bytes: 65_536 };
    E::Hello { epoch: "e".into(), protocol: Protocol::CURRENT, user: user(1), heartbeat_ms: 25_000, limits }
}

fn stored(send: &Send, seq: i64) -> E {
    E::Delivery { cid: send.cid, room: ROOM, id: MessageId(seq), seq: Seq(seq), at: Timestamp(seq) }
}

fn said(seq: i64, author: i64) -> Change {
    Change::new_message(message(seq, author))
}

fn held(seq: i64) -> ClientCommand {
    ClientCommand::Delivered { room: ROOM, seq: Seq(seq) }
}

fn busy(send: &Send) -> E {
    E::refused_send(send.cid, AppError::RateLimited { retry_after_ms: 3_000 })
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
fn what_waited_is_told_one_by_one_after_the_first_ready() {
    let mut tab = Tab::new();
    let (first, second) = (tab.write("first"), tab.write("second"));
    assert_eq!(tab.hear([hello()]), [tab.state.sync()]);
    assert_eq!(tab.obey(Order::Flush), []);
    assert_eq!(tab.hear([E::Ready {}]), [ClientCommand::Who {}, first.command()]);
    let third = tab.write("third");
    assert_eq!(tab.obey(Order::Flush), []);
    assert_eq!(tab.hear([stored(&first, 6)]), [second.command()]);
    assert_eq!(tab.hear([stored(&second, 7)]), [third.command()]);
    assert_eq!(tab.hear([stored(&third, 8)]), []);
}

#[test]
fn a_refusal_for_a_while_holds_the_rest_back() {
    let mut tab = Tab::ready();
    let first = tab.write("first");
    tab.obey(Order::Flush);
    assert_eq!(tab.hear([busy(&first)]), []);
    let second = tab.write("second");
    assert_eq!(tab.obey(Order::Flush), []);
    assert_eq!(tab.pass(), [first.command()]);
    assert_eq!(tab.now, Timestamp(3 * SECOND));
    assert_eq!(tab.hear([stored(&first, 6)]), [second.command()]);
}

#[test]
fn a_refused_send_goes_again_only_when_the_writer_says_so() {
    let mut tab = Tab::ready();
    let send = tab.write("hi");
    tab.obey(Order::Flush);
    tab.hear([E::refused_send(send.cid, AppError::Forbidden)]);
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
    tab.hear([E::refused(None, AppError::UNAVAILABLE)]);
    assert_eq!(tab.pass(), [tab.state.sync()]);
}

#[test]
fn a_sync_under_way_is_not_asked_again_when_a_send_may_go_again() {
    let mut tab = Tab::new();
    tab.hear([hello()]);
    tab.hear([E::Ready {}]);
    let send = tab.write("hi");
    tab.obey(Order::Flush);
    assert_eq!(tab.obey(Order::CatchUp), [tab.state.sync()]);
    assert_eq!(tab.obey(Order::CatchUp), [], "once more after the answer");
    tab.hear([busy(&send)]);
    assert_eq!(tab.pass(), [send.command()]);
}

#[test]
fn a_mark_is_told_once_and_again_on_the_next_connection() {
    let mut tab = Tab::ready();
    let mark = ClientCommand::Read { room: ROOM, seq: Seq(5) };
    assert_eq!(tab.obey(Order::Read(ROOM, Seq(5))), std::slice::from_ref(&mark));
    assert_eq!(tab.obey(Order::Read(ROOM, Seq(5))), []);
    tab.session = Session::new(Way::Socket, tab.now, tab.session.read_told());
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
    tab.hear([E::Typing { room: ROOM, users: vec![UserId(2)] }]);
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

#[test]
fn messages_of_others_are_told_as_held() {
    let mut tab = Tab::ready();
    tab.hear([said(6, 2), said(7, 2), said(8, 1)]);
    assert_eq!(tab.session.due_in(tab.now), Duration::ZERO);
    assert_eq!(tab.pass(), [held(7)], "in a room that is not open");
    tab.hear([said(9, 1)]);
    assert_eq!(tab.session.due_in(tab.now), Duration::from_secs(25), "my own say nothing");
}

#[test]
fn the_open_room_is_held_as_far_as_nothing_is_missing() {
    let mut tab = Tab::ready();
    tab.state.open(&page(5, Vec::new(), Vec::new()));
    tab.hear([E::Ready {}]);
    assert_eq!(tab.pass(), [held(5)]);
    tab.hear([said(6, 2), said(8, 2)]);
    assert_eq!(tab.pass(), [held(6)]);
}

#[test]
fn what_is_read_need_not_be_told_as_held() {
    let mut tab = Tab::ready();
    tab.hear([said(6, 2)]);
    tab.obey(Order::Read(ROOM, Seq(6)));
    assert_eq!(tab.session.due_in(tab.now), Duration::from_secs(25));
}

#[test]
fn a_large_room_is_not_told() {
    let mut tab = Tab::ready();
    let many = (0..=i64::try_from(RECEIPTS_MAX).unwrap()).map(|id| member(1, id, true)).collect();
    tab.state.open(&page(5, Vec::new(), many));
    tab.hear([said(6, 2)]);
    assert_eq!(tab.session.due_in(tab.now), Duration::from_secs(25));
}

#[test]
fn posts_ask_for_what_is_missing_instead_of_a_ping() {
    let mut tab = Tab::on(Way::Polling);
    tab.hear([hello()]);
    assert!(!tab.session.has_worked(), "the greeting was made here");
    tab.hear([E::Ready {}]);
    assert!(tab.session.has_worked());
    assert_eq!(tab.pass(), [tab.state.sync()]);
    assert_eq!(tab.now, Timestamp(3 * SECOND));
    assert_eq!(tab.obey(Order::Look), [], "it is asked already");
}

#[test]
fn who_polls_asks_now_and_then_who_is_there() {
    for (way, often) in [(Way::Polling, 3), (Way::Socket, 1)] {
        let mut tab = Tab::on(way);
        tab.hear([hello()]);
        let asked = (0..10).flat_map(|_| tab.hear([E::Ready {}]));
        assert_eq!(asked.filter(|command| *command == ClientCommand::Who {}).count(), often, "{way:?}");
    }
}

#[test]
fn another_history_loads_everything_anew_without_a_greeting() {
    for (way, all) in [(Way::Polling, true), (Way::Socket, false)] {
        let mut tab = Tab::on(way);
        tab.state.open(&page(5, Vec::new(), Vec::new()));
        let reloads = tab.session.receive(&mut tab.state, vec![E::Reload { room: ROOM }.into()], tab.now);
        assert_eq!(reloads, Reloads { page: true, all });
    }
}
