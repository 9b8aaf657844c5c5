//! What is drawn is always a stretch of the room as it is, bounded, wherever its reader goes and whatever arrives.

use proptest::prelude::*;

use super::{
    drawing::{KEPT_MAX, LET_GO, SHOWN_MAX},
    *,
};
use crate::model::{page::HISTORY_PAGE, timeline::tests::message};

/// A room as the server has it: messages at every seq but each tenth.
struct Room {
    head: i64,
}

impl Room {
    fn messages(&self) -> impl DoubleEndedIterator<Item = i64> + use<> {
        (1..=self.head).filter(|seq| seq % 10 != 0)
    }

    fn page(&self, stretch: Stretch) -> HistoryPage {
        let limit = HISTORY_PAGE;
        let before = |end: i64, limit: usize| {
            let mut seqs: Vec<i64> = self.messages().filter(|seq| *seq < end).rev().take(limit).collect();
            seqs.reverse();
            seqs
        };
        let seqs = match stretch {
            Stretch::Newest => before(i64::MAX, limit),
            Stretch::Before(seq) => before(seq.0, limit),
            Stretch::After(seq) => self.messages().filter(|at| *at > seq.0).take(limit).collect(),
            Stretch::Around(seq) => {
                let above = before(seq.0 + 1, 20);
                above.into_iter().chain(self.messages().filter(|at| *at > seq.0).take(limit)).collect()
            }
        };
        let has_older = seqs.first().is_some_and(|first| *first > 1);
        let has_newer =
            seqs.last().copied().unwrap_or_default() < self.messages().next_back().unwrap_or_default();
        let messages = seqs.into_iter().map(|seq| message(seq, 1)).collect();
        HistoryPage { messages, has_older, has_newer, ..HistoryPage::default() }
    }

    fn opened(&self, stretch: Stretch) -> Window {
        Window::new(&self.page(stretch), Seq(self.head))
    }
}

fn seqs(messages: &[Arc<Message>]) -> Vec<i64> {
    messages.iter().map(|message| message.seq.0).collect()
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Turn(Turn),
    /// So many messages arrive.
    Arrive(i64),
    /// So many arrive between the asking for a page and its reading, so many more until it is there.
    TurnWhile(Turn, i64, i64),
    AtEnd(bool),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => Just(Turn::Older),
        4 => Just(Turn::Newer),
        1 => Just(Turn::End),
        1 => (1_i64..2_000).prop_map(|seq| Turn::To(Seq(seq))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => turn().prop_map(Step::Turn),
        1 => (1_i64..300).prop_map(Step::Arrive),
        1 => (turn(), 0_i64..250, 0_i64..250).prop_map(|(turn, before, after)| Step::TurnWhile(turn, before, after)),
        1 => any::<bool>().prop_map(Step::AtEnd),
    ]
}

fn arrive(room: &mut Room, window: &mut Window, count: i64) {
    for seq in room.head + 1..=room.head + count {
        room.head = seq;
        if seq % 10 != 0 {
            window.take(message(seq, 1));
        }
    }
}

/// The texts of one room, so that each cid is compared by its place alone.
fn check(room: &Room, window: &Window) -> Result<(), TestCaseError> {
    let all: Vec<i64> = room.messages().collect();
    let held = seqs(window.messages());
    if let (Some(first), Some(last)) = (held.first(), held.last()) {
        let expected: Vec<i64> = all.iter().copied().filter(|seq| first <= seq && seq <= last).collect();
        prop_assert_eq!(&held, &expected, "a hole or a double");
        prop_assert_eq!(window.has_older, *first > 1);
        prop_assert_eq!(window.has_newer, Some(last) != all.last());
    }
    let shown = seqs(window.shown());
    prop_assert!(shown.len() <= SHOWN_MAX && held.len() <= KEPT_MAX + LET_GO);
    prop_assert!(held.is_empty() || !shown.is_empty(), "nothing is drawn");
    prop_assert_eq!(window.goes_on_above(), shown.first().is_some_and(|first| *first > 1));
    prop_assert_eq!(window.goes_on_below(), shown.last() != all.last());
    Ok(())
}

proptest! {
    #[test]
    fn what_is_drawn_is_a_stretch_of_the_room(
        head in 1_i64..1_500,
        start in 0_i64..1_500,
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut room = Room { head };
        let stretch = if start < head { Stretch::Around(Seq(start.max(1))) } else { Stretch::Newest };
        let mut window = room.opened(stretch);
        check(&room, &window)?;
        for step in steps {
            match step {
                Step::Turn(turn) => {
                    if let Some(wanted) = window.turn(turn) {
                        window.take_page(wanted, room.page(wanted.stretch));
                    }
                }
                Step::Arrive(count) => arrive(&mut room, &mut window, count),
                Step::TurnWhile(turn, before, after) => {
                    if let Some(wanted) = window.turn(turn) {
                        arrive(&mut room, &mut window, before);
                        let page = room.page(wanted.stretch);
                        arrive(&mut room, &mut window, after);
                        window.take_page(wanted, page);
                    }
                }
                Step::AtEnd(is_at_end) => window.set_at_end(is_at_end),
            }
            check(&room, &window)?;
        }
    }
}

#[test]
fn a_page_goes_before_its_own_stretch_only() {
    let mut room = Room { head: 99 };
    let mut window = room.opened(Stretch::Newest);
    let wanted = window.turn(Turn::Older).unwrap();
    let page = room.page(wanted.stretch);
    let before = window.oldest();
    window.take_page(Wanted { stretch: Stretch::Before(Seq(7)), ..wanted }, page.clone());
    assert_eq!(window.oldest(), before);
    window.take_page(wanted, page);
    assert_eq!((window.oldest(), window.has_older), (Some(Seq(1)), false));
    arrive(&mut room, &mut window, 1);
    assert_eq!(window.newest(), Some(Seq(99)), "100 is no message");
}

#[test]
fn a_reader_further_up_is_not_moved() {
    let mut room = Room { head: 400 };
    let mut window = room.opened(Stretch::Newest);
    window.set_at_end(false);
    let first = window.shown()[0].seq;
    arrive(&mut room, &mut window, 400);
    assert_eq!((window.shown()[0].seq, window.shown().len()), (first, SHOWN_MAX));
    assert!(window.goes_on_below());
}

#[test]
fn a_reader_at_the_end_follows() {
    let mut room = Room { head: 40 };
    let mut window = room.opened(Stretch::Newest);
    arrive(&mut room, &mut window, 4_000);
    assert_eq!(window.shown().last().map(|last| last.seq), Some(Seq(4_039)));
    assert!(!window.goes_on_below() && window.has_older);
    assert!(window.messages().len() <= KEPT_MAX);
}

#[test]
fn who_goes_to_the_end_while_much_arrives_is_shown_no_more_than_others() {
    let mut room = Room { head: 318 };
    let mut window = room.opened(Stretch::Around(Seq(1)));
    let wanted = window.turn(Turn::End).unwrap();
    let page = room.page(wanted.stretch);
    arrive(&mut room, &mut window, 168);
    window.take_page(wanted, page);
    assert!(window.shown().len() <= SHOWN_MAX && !window.goes_on_below());
}

#[test]
fn folded_lines_take_no_place_from_others() {
    let line = |seq: i64| Message {
        notice: (seq <= 275).then_some(crate::model::Notice::Joined),
        ..message(seq, 1)
    };
    let page = HistoryPage { messages: (1..=300).map(line).collect(), ..HistoryPage::default() };
    let mut window = Window::new(&page, Seq(300));
    window.take(line(301));
    assert_eq!(window.shown().len(), 301, "27 rows");
    assert!(window.is_full());
}
