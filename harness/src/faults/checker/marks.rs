//! How far a member has got only grows.

use std::collections::BTreeMap;

use super::{Evidence, Law, Violation};
use crate::faults::{log::What, marks::Mark};

/// Within one connection no mark is told lower than before, and none stands above its room's head. Only the
/// answer to a `sync` may be older than what was told since it was read.
pub(super) fn marks_only_grow(evidence: &Evidence) -> Vec<Violation> {
    let rooms = evidence.rooms();
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        let mut marks: BTreeMap<(u32, i64, i64), Mark> = BTreeMap::new();
        let mut answering = None;
        for entry in &witness.log.entries {
            let (conn, room, user, told) = match entry.what {
                What::Rooms { conn, .. } => {
                    answering = Some(conn);
                    continue;
                }
                What::Ready { .. } => {
                    answering = None;
                    continue;
                }
                What::Receipt { conn, room, user, mark } => (conn, room, user, mark),
                _ => continue,
            };
            let before = marks.get(&(conn, room, user)).copied().unwrap_or_default();
            let has_fallen = answering != Some(conn) && !told.reaches(before);
            marks.insert((conn, room, user), before.raised(told));
            let head = rooms.get(&room).map_or(i64::MAX, |view| view.cursor);
            if has_fallen || !Mark::entered(head).reaches(told) {
                violations.push(Violation {
                    law: Law::MarksOnlyGrow,
                    what: format!(
                        "{} at tick {}: user {user} in room {room} (head {head}) has the marks {told:?} after \
                         {before:?}",
                        witness.username, entry.tick
                    ),
                });
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::{ROOM, Story};

    fn marks(seqs: &[i64]) -> usize {
        let mut story = Story::of(1);
        story.send(0, "c1", "a").send(0, "c2", "b");
        for seq in seqs {
            let (room, user) = (ROOM, 100);
            let mark = Mark { delivered_seq: 0, read_seq: *seq };
            story.note(0, What::Receipt { conn: 1, room, user, mark });
        }
        marks_only_grow(&story.end()).len()
    }

    #[test]
    fn growing_marks_are_no_violation() {
        assert_eq!(marks(&[1, 1, 2]), 0);
    }

    #[test]
    fn an_answer_may_be_older_than_what_was_told() {
        let mut story = Story::of(1);
        let (room, user) = (ROOM, 100);
        let receipt = |read_seq| {
            let mark = Mark { delivered_seq: 0, read_seq };
            What::Receipt { conn: 1, room, user, mark }
        };
        story.send(0, "c1", "a").send(0, "c2", "b");
        story.note(0, receipt(2)).note(0, What::Rooms { conn: 1, heads: BTreeMap::new() });
        story.note(0, receipt(1)).note(0, What::Ready { conn: 1 });
        assert_eq!(marks_only_grow(&story.end()).len(), 0);
    }

    #[test]
    fn a_mark_that_falls_or_runs_ahead_is_caught() {
        assert_eq!(marks(&[2, 1]), 1);
        assert_eq!(marks(&[1, 3]), 1);
    }
}
