//! What each event does to the state, and what it asks for in return.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Change, Ephemeral, Message};
use crate::{
    error::{AppError, Reason},
    model::{
        LastLine, Member, MessageId, SiteRole, Timestamp,
        event::{Limits, Protocol},
        marks::Reach,
        outbox::{Send, SendState, Target, tests::send},
        page::{OpenRoom, RECEIPTS_MAX},
        timeline::tests::{ROOM, member, message, page, summary, user},
    },
};

mod opening;

const ME: i64 = 1;
const BOB: i64 = 2;

fn state() -> LiveState {
    let me = Me { user: user(ME), email: Some("me@example.com".into()), role: SiteRole::Member };
    let overview = Overview {
        me,
        epoch: "e".into(),
        protocol: Protocol::CURRENT,
        rooms: vec![summary(3)],
        rest: Rest::default(),
        invitations: Vec::new(),
        online: Vec::new(),
        people: user(ME).into(),
        people_seq: Seq(0),
    };
    LiveState::new(overview)
}

fn open() -> LiveState {
    let mut state = state();
    state.open(&page(3, (1..=3).map(|seq| message(seq, BOB)).collect(), Vec::new()));
    state
}

fn mine(seq: i64, send: &Send) -> Message {
    Message { cid: Some(send.cid), ..message(seq, ME) }
}

fn delivery(seq: i64, send: &Send) -> Ephemeral {
    Ephemeral::Delivery { cid: send.cid, room: ROOM, id: MessageId(9), seq: Seq(seq), at: Timestamp(9) }
}

fn hello(epoch: &str, id: i64) -> Ephemeral {
    let limits = Limits { message_chars: 5_000, frame_bytes: 65_536 };
    Ephemeral::Hello {
        epoch: epoch.into(),
        protocol: Protocol::CURRENT,
        user: user(id),
        heartbeat_ms: 25_000,
        limits,
    }
}

#[test]
fn hello_asks_for_what_was_missed() {
    let mut state = open();
    let rooms = BTreeMap::from([(ROOM, Seq(3))]);
    let sync =
        Need::Tell(ClientCommand::Sync { epoch: "e".into(), rooms, newest: true, people: Some(Seq(0)) });
    assert_eq!(state.apply(hello("e", ME)), Some(sync));
    assert_eq!(*state.connection, ConnectionState::Live);
}

#[test]
fn another_history_or_another_user_needs_everything_anew() {
    for event in [hello("other", ME), hello("e", BOB)] {
        let mut state = open();
        assert_eq!(state.apply(event), Some(Need::ReloadAll));
        assert_eq!(*state.connection, ConnectionState::Connecting);
    }
}

#[test]
fn a_page_that_is_too_old_for_its_server_says_so_and_loads_again() {
    let mut state = open();
    let send = send(Target::Room(ROOM), 1);
    state.outbox.push(send.clone());
    let protocol = Protocol { version: 9, oldest: Protocol::CURRENT.version + 1 };
    let Ephemeral::Hello { epoch, user, heartbeat_ms, limits, .. } = hello("e", ME) else { unreachable!() };
    let newer = Ephemeral::Hello { epoch, protocol, user, heartbeat_ms, limits };
    assert_eq!(state.apply(newer), Some(Need::ReloadAll));
    assert_eq!((*state.connection, &state.outbox.sends), (ConnectionState::Outdated, &vec![send]));
}

#[test]
fn a_message_of_others_counts_as_unread_until_it_is_read() {
    let mut state = open();
    state.apply(Change::new_message(message(4, BOB)));
    assert_eq!((state.unread(), state.room(ROOM).unwrap().head), (1, Seq(4)));
    assert_eq!(state.read(None), Some((ROOM, Seq(4))));
    let user = UserId(ME);
    state.apply(Ephemeral::Receipt {
        room: ROOM,
        user,
        delivered_seq: Seq(4),
        read_seq: Seq(4),
        unread: Some(0),
    });
    assert_eq!((state.unread(), state.read(None)), (0, None));
}

#[test]
fn marks_of_others_tell_what_became_of_my_messages() {
    let mut state = open();
    let receipt = |user, delivered, read| Ephemeral::Receipt {
        room: ROOM,
        user: UserId(user),
        delivered_seq: Seq(delivered),
        read_seq: Seq(read),
        unread: None,
    };
    state.apply(receipt(BOB, 3, 2));
    state.apply(receipt(ME, 3, 3));
    let reached = state.timeline.as_ref().unwrap().marks.reached(UserId(ME));
    assert_eq!([2, 3].map(|seq| reached.of(Seq(seq))), [Reach::Read(1), Reach::Delivered]);
}

#[test]
fn a_large_room_is_told_nothing_of_marks() {
    let mut state = open();
    assert!(state.tells_marks(ROOM) && !state.tells_marks(RoomId(99)));
    let many = (0..=RECEIPTS_MAX).map(|id| member(1, 100 + i64::try_from(id).unwrap(), true));
    state.open(&page(3, Vec::new(), many.collect()));
    state.close();
    assert!(!state.tells_marks(ROOM));
}

#[test]
fn a_message_ends_the_typing_of_its_author() {
    let mut state = open();
    state.apply(Ephemeral::Typing { room: ROOM, users: vec![UserId(ME), UserId(BOB)] });
    assert_eq!(state.typing.get(&ROOM).unwrap(), &[UserId(BOB)]);
    state.apply(Change::new_message(message(4, BOB)));
    assert!(state.typing.get(&ROOM).unwrap().is_empty());
}

#[test]
fn a_send_keeps_its_place_until_its_message_is_shown() {
    let mut state = open();
    let send = send(Target::Room(ROOM), 9);
    state.outbox.push(send.clone());
    state.apply(delivery(5, &send));
    assert_eq!(state.outbox.sends[0].state, SendState::Acknowledged);
    assert!(state.apply(Change::new_message(mine(5, &send))).is_some(), "4 is missing");
    assert_eq!(state.outbox.sends.len(), 1);
    let messages = vec![message(4, BOB), mine(5, &send)];
    state.apply(Ephemeral::Synced { room: ROOM, head: Seq(5), messages, members: Vec::new() });
    assert!(state.outbox.sends.is_empty());
    assert_eq!(state.timeline.unwrap().window.messages().len(), 5);
}

#[test]
fn a_send_to_another_room_ends_with_its_acknowledgement() {
    let mut state = state();
    let send = send(Target::Room(ROOM), 9);
    state.outbox.push(send.clone());
    assert_eq!(state.apply(delivery(4, &send)), None);
    assert!(state.outbox.sends.is_empty());
}

#[test]
fn the_first_message_to_a_person_reloads_the_page_once() {
    let mut state = state();
    let send = send(Target::Person("bob".into()), 9);
    state.outbox.push(send.clone());
    assert_eq!(state.apply(delivery(4, &send)), Some(Need::Reload));
    assert_eq!(state.apply(Change::new_message(mine(4, &send))), None);
    assert_eq!(state.outbox.sends.len(), 1, "it stands until the page does");
    state.open(&page(4, vec![mine(4, &send)], Vec::new()));
    assert!(state.outbox.sends.is_empty());
}

#[test]
fn what_an_earlier_page_left_is_not_shown_twice() {
    let mut state = open();
    let (known, waiting) = (send(Target::Room(ROOM), 1), send(Target::Room(ROOM), 2));
    state.apply(Change::new_message(mine(4, &known)));
    state.restore(Outbox { sends: vec![known, waiting.clone()] });
    assert_eq!(state.outbox.sends, [waiting]);
}

#[test]
fn a_refused_send_stays_and_says_why() {
    let mut state = open();
    let send = send(Target::Room(ROOM), 1);
    state.outbox.push(send.clone());
    let error = AppError::invalid("text", Reason::TooLong);
    state.apply(Ephemeral::refused_send(send.cid, error.clone()));
    assert_eq!(state.outbox.sends[0].state, SendState::Failed(error));
}

#[test]
fn an_earlier_made_list_of_rooms_undoes_nothing() {
    let mut state = open();
    state.apply(Change::new_message(message(4, BOB)));
    assert_eq!(state.apply(Ephemeral::Rooms { rooms: vec![summary(3)], rest: None }), None);
    assert_eq!((state.unread(), state.room(ROOM).unwrap().head), (1, Seq(4)));
}

#[test]
fn a_room_that_i_left_does_not_come_back_by_a_late_answer() {
    let mut state = open();
    assert_eq!(state.apply(Change::from(member(4, ME, false))), Some(Need::Reload));
    state.apply(Ephemeral::Rooms { rooms: vec![summary(3)], rest: None });
    assert!(state.rooms.is_empty());
    state.apply(Ephemeral::Rooms { rooms: vec![summary(5)], rest: None });
    assert_eq!(state.rooms.len(), 1, "entered again");
}

#[test]
fn a_room_lost_while_away_reloads_its_page() {
    assert_eq!(open().apply(Ephemeral::Rooms { rooms: Vec::new(), rest: None }), Some(Need::Reload));
}

#[test]
fn an_unknown_room_is_asked_for() {
    let mut state = state();
    state.rooms.clear();
    assert_eq!(state.apply(Change::new_message(message(1, BOB))), Some(Need::Tell(state.sync())));
}

/// A room whose last line came at this moment.
fn room(id: i64, at: i64, unread: u32) -> RoomSummary {
    let last = LastLine { at: Timestamp(at), ..LastLine::of(&message(1, BOB)) };
    RoomSummary { id: RoomId(id), unread, last: Some(last), ..summary(1) }
}

fn rest(rooms: u32, unread: u32, after: &RoomSummary) -> Rest {
    Rest { rooms, unread, after: Some(after.cursor()) }
}

fn ids(state: &LiveState) -> Vec<i64> {
    state.rooms.iter().map(|room| room.id.0).collect()
}

/// Knows the rooms 9 and 8; of 5 others two have something unread.
fn some_of_many() -> LiveState {
    let mut state = state();
    state.rooms.clear();
    let newest = vec![room(9, 90, 0), room(8, 80, 1)];
    let rest = Some(rest(5, 2, &newest[1]));
    state.apply(Ephemeral::Rooms { rooms: newest, rest });
    state
}

#[test]
fn a_page_of_rooms_leaves_its_rest_to_be_asked_for() {
    let mut state = some_of_many();
    assert_eq!((ids(&state), state.unread()), (vec![9, 8], 3));
    let page = vec![room(7, 70, 3), room(6, 60, 0)];
    let more = RoomList { rest: rest(3, 1, &page[1]), rooms: page, people: People::default() };
    assert!(state.add_rooms(more.clone()));
    assert_eq!((ids(&state), state.unread(), state.rest.rooms), (vec![9, 8, 7, 6], 5, 3));
    assert!(!state.add_rooms(more), "it is all known");
    assert!(state.add_rooms(RoomList {
        rooms: vec![room(5, 50, 0)],
        rest: Rest::default(),
        people: People::default()
    }));
    assert_eq!((ids(&state), *state.rest), (vec![9, 8, 7, 6, 5], Rest::default()));
}

#[test]
fn rooms_beyond_a_page_stay_and_are_counted_once() {
    let mut state = some_of_many();
    state.add_rooms(RoomList {
        rooms: vec![room(7, 70, 3)],
        rest: rest(4, 1, &room(7, 70, 3)),
        people: People::default(),
    });
    let newest = vec![room(9, 90, 0), room(8, 80, 0)];
    state.apply(Ephemeral::Rooms { rest: Some(rest(5, 2, &newest[1])), rooms: newest });
    assert_eq!((ids(&state), state.rest.rooms, state.rest.unread), (vec![9, 8, 7], 4, 1));
    // 8 was left while away: it would stand before the page's end.
    let newest = vec![room(9, 90, 0), room(6, 75, 0)];
    state.apply(Ephemeral::Rooms { rest: Some(rest(4, 2, &newest[1])), rooms: newest });
    assert_eq!((ids(&state), state.rest.rooms), (vec![9, 6, 7], 3));
}

#[test]
fn what_happens_in_a_room_that_is_not_shown_is_asked_for() {
    let mut state = some_of_many();
    let sync = Some(Need::Tell(state.sync()));
    assert_eq!(state.apply(Change::new_message(Message { room: RoomId(5), ..message(2, BOB) })), sync);
    let (user, seq) = (UserId(ME), Seq(1));
    let receipt =
        |unread| Ephemeral::Receipt { room: RoomId(5), user, delivered_seq: seq, read_seq: seq, unread };
    assert_eq!(state.apply(receipt(Some(0))), sync, "read on another device");
    assert_eq!(state.apply(receipt(None)), None);
    let left = Member { room: RoomId(5), ..member(3, ME, false) };
    assert_eq!(state.apply(Change::from(left)), sync);
    assert!(state.tells_marks(RoomId(4)));
}

#[test]
fn an_open_room_beyond_the_page_is_kept_by_being_told() {
    let mut state = some_of_many();
    let far = RoomSummary { id: ROOM, ..room(0, 10, 1) };
    let page = OpenRoom { room: far.clone(), ..page(1, Vec::new(), Vec::new()) };
    state.open(&page);
    assert_eq!((state.rest.rooms, state.rest.unread), (4, 1));
    let newest = vec![room(9, 90, 0), room(8, 80, 0)];
    let after = Some(rest(4, 1, &newest[1]));
    let told = newest.iter().cloned().chain([far]).collect();
    assert_eq!(state.apply(Ephemeral::Rooms { rooms: told, rest: after }), None);
    assert_eq!(state.rooms.len(), 3);
    assert_eq!(
        state.apply(Ephemeral::Rooms { rooms: newest, rest: after }),
        Some(Need::Reload),
        "no longer in it"
    );
}

#[test]
fn who_people_are_is_kept_by_the_latest_change_and_asked_for_from_there() {
    let mut state = open();
    let renamed = |name: &str, seq| UserRef { name: name.into(), seq: Seq(seq), ..user(BOB) };
    state.apply(Ephemeral::User(renamed("Robert", 7)));
    assert_eq!(state.person(UserId(BOB)).name, "", "whom this tab has not met");
    state.apply(Ephemeral::People { people: renamed("Robert", 7).into(), seq: None });
    state.apply(Ephemeral::People { people: renamed("Bob", 3).into(), seq: None });
    assert_eq!(state.person(UserId(BOB)).name, "Robert");
    state.apply(Ephemeral::People { people: renamed("Roberto", 9).into(), seq: Some(Seq(9)) });
    assert_eq!(state.person(UserId(BOB)).name, "Roberto");
    let ClientCommand::Sync { people, .. } = state.sync() else { unreachable!() };
    assert_eq!(people, Some(Seq(9)));
    state.apply(Ephemeral::User(UserRef { name: "Anna".into(), seq: Seq(10), ..user(ME) }));
    assert_eq!(state.me.user.name, "Anna");
}
