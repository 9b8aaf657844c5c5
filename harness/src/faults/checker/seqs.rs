//! Seqs of a room are exactly 1 to head, and each belongs to one change.

use std::collections::BTreeMap;

use super::{Evidence, Law, View, Violation};
use crate::faults::{log::What, wire::Row};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    Message(i64),
    Member { user: i64, joined: bool },
    Change(i64),
    Other,
}

type Owners = BTreeMap<(i64, i64), (Owner, String)>;

/// Acknowledgements, events and history name one owner per seq; between 1 and head none is missing.
pub(super) fn seqs_are_dense(evidence: &Evidence) -> Vec<Violation> {
    let mut owners = Owners::new();
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        let mut claim = |room: i64, seq: i64, owner: Owner, source: String| {
            let (first, whence) =
                owners.entry((room, seq)).or_insert_with(|| (owner.clone(), source.clone()));
            if *first != owner {
                violations.push(Violation {
                    law: Law::SeqsAreDense,
                    what: format!(
                        "room {room}, seq {seq}: {first:?} says {whence}, {owner:?} says {source} to {}",
                        witness.username
                    ),
                });
            }
        };
        for view in witness.views.values() {
            view.messages.iter().for_each(|m| claim(m.room, m.seq, Owner::Message(m.id), "history".into()));
            for member in &view.members {
                let owner = Owner::Member { user: member.user, joined: member.joined };
                claim(member.room, member.seq, owner, "the list of members".into());
            }
        }
        for entry in &witness.log.entries {
            let source = || format!("tick {}", entry.tick);
            if let What::Acknowledged { room, id, seq, .. } = &entry.what {
                claim(*room, *seq, Owner::Message(*id), source());
            }
            for message in entry.messages() {
                claim(message.room, message.seq, Owner::Message(message.id), source());
            }
            for member in entry.members() {
                let owner = Owner::Member { user: member.user, joined: member.joined };
                claim(member.room, member.seq, owner, source());
            }
            match &entry.what {
                What::Told { row: Row::Changed { room, seq, message }, .. } => {
                    claim(*room, *seq, Owner::Change(message.id), source());
                }
                // An old client cannot say whose a change is that it does not know.
                What::Told { row: Row::Other { room, seq }, .. } if !witness.is_old => {
                    claim(*room, *seq, Owner::Other, source());
                }
                _ => {}
            }
        }
    }
    for (room, view) in evidence.rooms() {
        violations.extend(unowned(room, view, &owners));
    }
    violations
}

fn unowned(room: i64, view: &View, owners: &Owners) -> Vec<Violation> {
    let beyond = owners.range((room, view.cursor + 1)..=(room, i64::MAX)).map(|((_, seq), (owner, by))| {
        format!("room {room}: seq {seq} is above head {} and belongs to {owner:?}, says {by}", view.cursor)
    });
    let missing = (1..=view.cursor)
        .filter(|seq| !owners.contains_key(&(room, *seq)) && !is_superseded(view, *seq))
        .map(|seq| format!("room {room}: nobody owns seq {seq} of {}", view.cursor));
    beyond.chain(missing).map(|what| Violation { law: Law::SeqsAreDense, what }).collect()
}

/// A member who left and came again has only the last change; the line about the earlier one stands beside it.
fn is_superseded(view: &View, seq: i64) -> bool {
    view.messages.iter().any(|m| m.kind == "system" && (m.seq - seq).abs() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::{Story, member};

    #[test]
    fn dense_seqs_are_no_violation() {
        let mut story = Story::of(2);
        story.send(0, "c1", "a").send(1, "c2", "b").acknowledge(0, "c1", 1).tell_all(1).tell_all(2);
        assert_eq!(seqs_are_dense(&story.end()), []);
    }

    #[test]
    fn a_missing_seq_is_caught() {
        let mut story = Story::of(1);
        story.send(0, "c1", "a").skip().send(0, "c2", "b");
        assert_eq!(seqs_are_dense(&story.end()).len(), 1);
    }

    #[test]
    fn a_seq_with_two_owners_is_caught() {
        let mut story = Story::of(2);
        story.send(0, "c1", "a");
        story.note(1, What::Told { conn: 1, row: Row::Member(member(0, 1, true)) });
        assert_eq!(seqs_are_dense(&story.end()).len(), 1);
    }

    #[test]
    fn a_seq_above_the_head_is_caught() {
        let mut story = Story::of(1);
        story.send(0, "c1", "a").acknowledge(0, "c1", 2);
        assert_eq!(seqs_are_dense(&story.end()).len(), 1);
    }
}
