//! When all is quiet, everyone knows how far each member has come.

use std::collections::BTreeMap;

use super::{Evidence, Law, Violation};
use crate::faults::{
    log::What,
    marks::{Mark, Marks, raise},
};

/// Every node tells the same marks of a room: as far as was acknowledged, and no further than was asked for. Every
/// connected member was told these, too.
pub(super) fn marks_converge(evidence: &Evidence) -> Vec<Violation> {
    let asked = asked(evidence);
    let promised = promised(evidence);
    let mut violations = Vec::new();
    let mut violate = |what| violations.push(Violation { law: Law::MarksConverge, what });
    for (room, nodes) in &evidence.marks {
        let Some((truth, others)) = nodes.split_first() else { continue };
        for (node, marks) in (1..).zip(others).filter(|(_, marks)| *marks != truth) {
            violate(format!("room {room}: node {node} tells the marks {marks:?}, the first one {truth:?}"));
        }
        for (user, mark) in truth {
            let of = |all: &BTreeMap<i64, Marks>| {
                all.get(room).and_then(|marks| marks.get(user)).copied().unwrap_or_default()
            };
            if !mark.reaches(of(&promised)) {
                violate(format!(
                    "room {room}: user {user} has {mark:?}, but was promised {:?}",
                    of(&promised)
                ));
            }
            if !of(&asked).reaches(*mark) {
                violate(format!("room {room}: user {user} has {mark:?} and never asked for it"));
            }
        }
        for witness in evidence.witnesses.iter().filter(|witness| witness.hears_all_marks) {
            let Some(held) = witness.held.get(room) else { continue };
            for (user, mark) in truth.iter().filter(|(user, _)| **user != witness.user) {
                let told = held.marks.get(user);
                if told != Some(mark) {
                    violate(format!(
                        "room {room}: {} was told {told:?} of user {user}, who has {mark:?}",
                        witness.username
                    ));
                }
            }
        }
    }
    violations
}

/// The furthest mark that each member asked for, or got by entering.
fn asked(evidence: &Evidence) -> BTreeMap<i64, Marks> {
    let mut asked: BTreeMap<i64, Marks> = BTreeMap::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            if let What::Marks { room, mark, .. } = entry.what {
                raise(asked.entry(room).or_default(), witness.user, mark);
            }
        }
    }
    for (room, view) in evidence.rooms() {
        let marks = asked.entry(room).or_default();
        view.members.iter().for_each(|member| raise(marks, member.user, Mark::entered(member.seq)));
    }
    asked
}

/// The furthest mark of each member that was acknowledged, as far as that was a promise.
fn promised(evidence: &Evidence) -> BTreeMap<i64, Marks> {
    let mut promised: BTreeMap<i64, Marks> = BTreeMap::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            match entry.what {
                What::Marked { room, mark, is_stored } if is_stored || evidence.rules.marks => {
                    raise(promised.entry(room).or_default(), witness.user, mark);
                }
                _ => {}
            }
        }
    }
    promised
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::{ROOM, Story};

    const READ: Mark = Mark { delivered_seq: 2, read_seq: 2 };

    /// Member 0 has read everything; both nodes and the other member know it.
    fn quiet(is_stored: bool) -> Evidence {
        let mut story = Story::of(2);
        story.send(0, "c1", "a").send(0, "c2", "b");
        story.note(0, What::Marks { conn: 1, room: ROOM, mark: READ });
        story.note(0, What::Marked { room: ROOM, mark: READ, is_stored });
        let mut evidence = story.end();
        let marks = Marks::from([(100, READ)]);
        evidence.marks.insert(ROOM, vec![marks.clone(), marks.clone()]);
        evidence.witnesses[1].held.get_mut(&ROOM).unwrap().marks = marks;
        evidence
    }

    fn set_back(evidence: &mut Evidence) {
        let marks = Marks::from([(100, Mark::of(1, true))]);
        evidence.marks.insert(ROOM, vec![marks.clone(), marks.clone()]);
        evidence.witnesses[1].held.get_mut(&ROOM).unwrap().marks = marks;
    }

    #[test]
    fn what_everyone_knows_is_no_violation() {
        assert_eq!(marks_converge(&quiet(false)), []);
    }

    #[test]
    fn nodes_that_differ_are_caught() {
        let mut evidence = quiet(false);
        evidence.marks.get_mut(&ROOM).unwrap()[1].clear();
        assert_eq!(marks_converge(&evidence).len(), 1);
    }

    #[test]
    fn a_member_who_was_not_told_is_caught() {
        let mut evidence = quiet(false);
        evidence.witnesses[1].held.get_mut(&ROOM).unwrap().marks.clear();
        assert_eq!(marks_converge(&evidence).len(), 1);
        evidence.witnesses[1].hears_all_marks = false;
        assert_eq!(marks_converge(&evidence), []);
    }

    #[test]
    fn an_acknowledged_mark_that_is_gone_is_caught() {
        let mut evidence = quiet(false);
        set_back(&mut evidence);
        assert_eq!(marks_converge(&evidence).len(), 1);
    }

    #[test]
    fn a_crash_may_take_a_mark_unless_it_was_promised_to_be_stored() {
        for (is_stored, violations) in [(false, 0), (true, 1)] {
            let mut evidence = quiet(is_stored);
            evidence.rules.marks = false;
            set_back(&mut evidence);
            assert_eq!(marks_converge(&evidence).len(), violations);
        }
    }

    #[test]
    fn a_mark_that_nobody_asked_for_is_caught() {
        let mut evidence = quiet(false);
        evidence.witnesses[0].log.entries.retain(|entry| !matches!(entry.what, What::Marks { .. }));
        assert_eq!(marks_converge(&evidence).len(), 1);
    }
}
