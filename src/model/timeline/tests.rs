//! The event law, and the rooms that other tests are made of.

use proptest::prelude::*;

use super::*;
use crate::model::{
    Cid, MemberRole, MessageId, MessageKind, People, RoomAccess, RoomKind, RoomSummary, Timestamp, UserId,
    UserRef, page::HistoryPage,
};

pub(crate) const ROOM: RoomId = RoomId(7);

pub(crate) fn user(id: i64) -> UserRef {
    UserRef { id: UserId(id), username: format!("user{id}"), name: format!("User {id}"), seq: Seq(0) }
}

pub(crate) fn message(seq: i64, author: i64) -> Message {
    Message {
        room: ROOM,
        seq: Seq(seq),
        id: MessageId(100 + seq),
        cid: Some(Cid::new()),
        kind: MessageKind::Text,
        notice: None,
        from: UserId(author),
        by: None,
        text: format!("line {seq}"),
        html: format!("line {seq}"),
        at: Timestamp(seq),
        changed_seq: Seq(seq),
    }
}

pub(crate) fn member(seq: i64, id: i64, joined: bool) -> Member {
    Member { room: ROOM, seq: Seq(seq), user: UserId(id), role: MemberRole::Member, joined }
}

pub(crate) fn summary(head: i64) -> RoomSummary {
    RoomSummary {
        id: ROOM,
        kind: RoomKind::Channel,
        access: RoomAccess::Public,
        slug: Some("general".into()),
        name: "general".into(),
        topic: String::new(),
        role: MemberRole::Member,
        head: Seq(head),
        read_seq: Seq(0),
        unread: 0,
        partner: None,
        others: Vec::new(),
        last: None,
    }
}

pub(crate) fn page(head: i64, messages: Vec<Message>, members: Vec<Member>) -> OpenRoom {
    let history = HistoryPage { messages, ..HistoryPage::default() };
    let member_count = u32::try_from(members.len()).unwrap();
    let (online, marks, invited) = (Vec::new(), Vec::new(), Vec::new());
    let people = People::default();
    let (room, cursor) = (summary(head), Seq(head));
    OpenRoom { room, cursor, history, members, member_count, online, marks, invited, people }
}

/// A room as the server has it: change `i` has the seq `i + 1`.
#[derive(Debug)]
struct Room(Vec<Change>);

impl Room {
    /// A change per number: a new message, the edit of an earlier one, somebody entering or leaving, or what only a newer
    /// version knows.
    fn of(kinds: &[u8]) -> Self {
        let mut changes: Vec<Change> = Vec::new();
        for (seq, kind) in (1..).zip(kinds) {
            let earlier = changes.get(usize::from(kind / 4));
            changes.push(match (kind % 5, earlier.map(|earlier| &earlier.what)) {
                (1, _) => member(seq, i64::from(kind / 4 % 3), true).into(),
                (2, _) => member(seq, i64::from(kind / 4 % 3), false).into(),
                (3, Some(What::Message(earlier) | What::Changed(earlier))) => {
                    let text = format!("edited at {seq}");
                    Change::changed_message(Message { changed_seq: Seq(seq), text, ..earlier.clone() })
                }
                (4, _) => Change { room: ROOM, seq: Seq(seq), what: What::Unknown("{}".into()) },
                _ => Change::new_message(message(seq, 1)),
            });
        }
        Self(changes)
    }

    /// The newest state of every row that changed in `(after, head]`.
    fn rows(&self, after: usize, head: usize) -> (Vec<Message>, Vec<Member>) {
        let mut messages = std::collections::BTreeMap::new();
        let mut members = std::collections::BTreeMap::new();
        for change in &self.0[after.min(head)..head] {
            match change.what.clone() {
                What::Message(message) | What::Changed(message) => {
                    messages.insert(message.seq, message);
                }
                What::Member(member) => {
                    members.insert(member.user, member);
                }
                What::Unknown(_) => {}
            }
        }
        (messages.into_values().collect(), members.into_values().collect())
    }

    fn page(&self, head: usize, size: usize) -> OpenRoom {
        let (mut messages, mut members) = self.rows(0, head);
        members.retain(|member| member.joined);
        let older = messages.len().saturating_sub(size);
        messages.drain(..older);
        let mut page = page(i64::try_from(head).unwrap(), messages, members);
        page.history.has_older = older > 0;
        page
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// An event arrives; which of them, and how often, is open.
    Event(prop::sample::Index),
    /// An answer to a `sync` arrives: asked a few steps ago, made when the room was so far.
    Answer { asked: prop::sample::Index, made: prop::sample::Index },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(Step::Event),
        1 => any::<(prop::sample::Index, prop::sample::Index)>()
            .prop_map(|(asked, made)| Step::Answer { asked, made }),
    ]
}

fn position(seq: Seq) -> usize {
    usize::try_from(seq.0).unwrap()
}

fn answer(timeline: &mut Timeline, room: &Room, asked: Seq, made: usize) -> bool {
    let made = made.max(position(asked));
    let (messages, members) = room.rows(position(asked), made);
    timeline.apply_synced(Seq(i64::try_from(made).unwrap()), messages, members)
}

proptest! {
    /// The event law: whatever is lost, doubled, late or out of order, after the last answer the
    /// state is that of a fresh page, without a hole and without a double.
    #[test]
    fn old_state_and_events_are_a_fresh_page(
        kinds in prop::collection::vec(any::<u8>(), 1..40),
        start in any::<prop::sample::Index>(),
        size in 1_usize..50,
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let room = Room::of(&kinds);
        let head = room.0.len();
        let mut timeline = Timeline::new(&room.page(start.index(head + 1), size));
        let mut cursors = vec![timeline.cursor];
        for step in steps {
            match step {
                Step::Event(index) => {
                    timeline.apply(room.0[index.index(head)].clone());
                }
                Step::Answer { asked, made } => {
                    let asked = cursors[asked.index(cursors.len())];
                    answer(&mut timeline, &room, asked, made.index(head + 1));
                }
            }
            prop_assert!(timeline.cursor >= cursors[cursors.len() - 1], "a step back");
            cursors.push(timeline.cursor);
        }
        let cursor = timeline.cursor;
        prop_assert!(!answer(&mut timeline, &room, cursor, head), "nothing is missing any more");

        let fresh = Timeline::new(&room.page(head, usize::MAX));
        let window = &timeline.window;
        let oldest = window.oldest().filter(|_| window.has_older).unwrap_or_default();
        let stretch: Vec<_> = fresh.window.messages().iter().filter(|m| m.seq >= oldest).cloned().collect();
        prop_assert_eq!(window.messages(), stretch);
        prop_assert_eq!(timeline.members, fresh.members);
        prop_assert_eq!(timeline.cursor, fresh.cursor);
    }

    /// Dense events in any order need no answer at all.
    #[test]
    fn a_shuffled_burst_is_put_in_order(
        order in Just((1..=30_i64).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut timeline = Timeline::new(&page(0, Vec::new(), Vec::new()));
        for seq in order {
            timeline.apply(Change::new_message(message(seq, 1)));
        }
        let seqs: Vec<_> = timeline.window.messages().iter().map(|message| message.seq.0).collect();
        prop_assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
        prop_assert_eq!(timeline.cursor, Seq(30));
    }
}

#[test]
fn a_gap_is_told_and_waits_for_its_answer() {
    let mut timeline = Timeline::new(&page(1, vec![message(1, 1)], Vec::new()));
    assert_eq!(timeline.apply(Change::new_message(message(3, 1))), Applied::Gap);
    assert_eq!((timeline.cursor, timeline.window.messages().len()), (Seq(1), 1));
    assert!(!timeline.apply_synced(Seq(2), vec![message(2, 1)], Vec::new()));
    assert_eq!((timeline.cursor, timeline.window.messages().len()), (Seq(3), 3));
    assert_eq!(timeline.apply(Change::new_message(message(2, 1))), Applied::Known);
}

#[test]
fn a_late_answer_brings_nobody_back() {
    let mut timeline = Timeline::new(&page(1, Vec::new(), Vec::new()));
    timeline.apply(member(2, 5, true).into());
    timeline.apply(member(3, 5, false).into());
    timeline.apply_synced(Seq(2), Vec::new(), vec![member(2, 5, true)]);
    assert_eq!(timeline.members.count(), 0);
}

#[test]
fn more_early_events_than_are_kept_still_end_well() {
    let mut timeline = Timeline::new(&page(0, Vec::new(), Vec::new()));
    let last = i64::try_from(EARLY_MAX).unwrap() + 50;
    (2..=last).for_each(|seq| {
        timeline.apply(Change::new_message(message(seq, 1)));
    });
    timeline.apply_synced(Seq(1), vec![message(1, 1)], Vec::new());
    let rest = (timeline.cursor.0 + 1..=last).map(|seq| message(seq, 1)).collect();
    assert!(!timeline.apply_synced(Seq(last), rest, Vec::new()));
    assert_eq!(timeline.window.messages().len(), usize::try_from(last).unwrap());
}
