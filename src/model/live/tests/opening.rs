//! Rooms that are left and come back, what is read in them, and which topics a change wakes.

use super::*;

#[test]
fn a_room_that_was_left_goes_on_and_is_there_again() {
    let mut state = open();
    state.close();
    assert!(state.timeline.is_none());
    state.apply(Change::new_message(message(4, BOB)));
    assert!(state.reopen(ROOM) && !state.reopen(ROOM));
    let timeline = state.timeline.as_ref().unwrap();
    assert_eq!((timeline.window.newest(), timeline.cursor), (Some(Seq(4)), Seq(4)));
}

#[test]
fn a_kept_room_is_asked_for_what_it_missed() {
    let mut state = open();
    state.close();
    let ClientCommand::Sync { rooms, .. } = state.sync() else { panic!("no sync") };
    assert_eq!(rooms, BTreeMap::from([(ROOM, Seq(3))]));
    assert_eq!(state.apply(Ephemeral::Reload { room: ROOM }), None);
    assert!(!state.reopen(ROOM), "it missed too much");
}

#[test]
fn of_many_rooms_the_last_ones_are_kept() {
    let mut state = state();
    for id in 1..=20 {
        let mut page = page(3, Vec::new(), Vec::new());
        page.room.id = RoomId(id);
        state.open(&page);
    }
    assert!(state.reopen(RoomId(19)) && state.reopen(RoomId(11)));
    assert!(!state.reopen(RoomId(5)));
}

#[test]
fn in_the_room_that_one_reads_nothing_counts() {
    let mut state = open();
    state.set_reading(true);
    state.apply(Change::new_message(message(4, BOB)));
    assert_eq!((state.unread(), state.open_unread()), (0, 0));
    assert_eq!(state.read(Some(Seq(4))), Some((ROOM, Seq(4))));
    state.set_reading(false);
    assert_eq!((state.unread(), state.open_unread()), (1, 1));
}

#[test]
fn a_topic_tells_when_it_changed_and_no_other_does() {
    let mut state = open();
    let topics =
        [Topic::Rooms, Topic::Room(ROOM), Topic::Timeline, Topic::Members, Topic::Outbox, Topic::Typing];
    let versions = |state: &LiveState| topics.map(|topic| state.version(topic));
    let changed = |before: [u64; 6], after: [u64; 6]| {
        let pairs = topics.into_iter().zip(before.into_iter().zip(after));
        pairs.filter(|(_, (before, after))| before != after).map(|(topic, _)| topic).collect::<Vec<_>>()
    };
    let before = versions(&state);
    state.apply(Ephemeral::Typing { room: ROOM, users: vec![UserId(BOB)] });
    let typing = versions(&state);
    assert_eq!(changed(before, typing), [Topic::Typing]);
    state.apply(Change::new_message(message(4, 7)));
    let said = versions(&state);
    assert_eq!(changed(typing, said), [Topic::Rooms, Topic::Room(ROOM), Topic::Timeline]);
    assert_eq!(state.version(Topic::Room(RoomId(99))), 0);
}
