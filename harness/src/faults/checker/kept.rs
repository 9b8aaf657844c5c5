//! What clients were promised or shown is in history, and nothing else is.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Law, Violation};
use crate::faults::log::What;

/// Every acknowledgement names a row of history with the author, the text and the place that it promised.
pub(super) fn acknowledged_is_kept(evidence: &Evidence) -> Vec<Violation> {
    let (rooms, rows) = (evidence.rooms(), evidence.rows_by_cid());
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        let mut seen = HashSet::new();
        for entry in &witness.log.entries {
            let What::Acknowledged { cid, room, id, seq, .. } = &entry.what else { continue };
            // A room that nobody can read any more proves nothing.
            if !rooms.contains_key(room) || !seen.insert((cid, *id, *seq)) {
                continue;
            }
            let stored = rows.get(&(witness.user, cid.as_str())).into_iter().flatten();
            if !stored.clone().any(|row| (row.room, row.id, row.seq) == (*room, *id, *seq)) {
                let stored: Vec<_> = stored.map(|row| (row.room, row.id, row.seq)).collect();
                violations.push(Violation {
                    law: Law::AcknowledgedIsKept,
                    what: format!(
                        "{} was told that {cid} is stored in room {room} as id {id}, seq {seq} (tick {}); \
                         history has {stored:?}",
                        witness.username, entry.tick
                    ),
                });
            }
        }
    }
    violations
}

/// Every message that anybody was shown is in history, in its place.
pub(super) fn delivered_is_kept(evidence: &Evidence) -> Vec<Violation> {
    let rooms = evidence.rooms();
    let places = |room: &i64| rooms.get(room).map(|view| view.messages.iter().map(|m| (m.seq, m.id)));
    let kept: HashMap<_, HashSet<_>> =
        rooms.keys().filter_map(|room| Some((*room, places(room)?.collect()))).collect();
    let mut violations = Vec::new();
    let mut reported = HashSet::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            for message in entry.messages() {
                let Some(kept) = kept.get(&message.room) else { continue };
                if !kept.contains(&(message.seq, message.id)) && reported.insert(message.id) {
                    violations.push(Violation {
                        law: Law::DeliveredIsKept,
                        what: format!(
                            "{} was shown {message:?} (tick {}); history has no such row",
                            witness.username, entry.tick
                        ),
                    });
                }
            }
        }
    }
    violations
}

/// Every text in history was sent by its author, with this cid, to this room, in these words.
pub(super) fn nothing_is_invented(evidence: &Evidence) -> Vec<Violation> {
    let mut sent = HashMap::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            if let What::Invoked { cid, room, text, .. } = &entry.what {
                sent.insert((witness.user, cid.as_str()), (*room, text.as_str()));
            }
        }
    }
    let rooms = evidence.rooms();
    let texts = rooms.values().flat_map(|view| &view.messages).filter(|message| message.kind == "text");
    texts
        .filter(|message| evidence.witness(message.from).is_some())
        .filter(|message| {
            let cid = message.cid.as_deref().unwrap_or_default();
            sent.get(&(message.from, cid)) != Some(&(message.room, message.text.as_str()))
        })
        .map(|message| Violation { law: Law::NothingIsInvented, what: format!("nobody sent {message:?}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::Story;

    #[test]
    fn a_kept_promise_is_no_violation() {
        let mut story = Story::of(2);
        story.send(0, "c1", "hello").acknowledge(0, "c1", 1).tell_all(1);
        let evidence = story.end();
        assert_eq!(acknowledged_is_kept(&evidence), []);
        assert_eq!(delivered_is_kept(&evidence), []);
        assert_eq!(nothing_is_invented(&evidence), []);
    }

    #[test]
    fn an_acknowledged_message_that_is_gone_is_caught() {
        let mut story = Story::of(1);
        story.send(0, "c1", "hello").acknowledge(0, "c1", 1);
        story.forget(1);
        assert_eq!(acknowledged_is_kept(&story.end()).len(), 1);
    }

    #[test]
    fn a_delivered_message_that_is_gone_is_caught() {
        let mut story = Story::of(2);
        story.send(0, "c1", "hello").tell_all(1);
        story.forget(1);
        assert_eq!(delivered_is_kept(&story.end()).len(), 1);
    }

    #[test]
    fn a_row_that_nobody_sent_is_caught() {
        let mut story = Story::of(2);
        story.store(0, "c1", "hello");
        assert_eq!(nothing_is_invented(&story.end()).len(), 1);
    }

    #[test]
    fn a_row_with_other_words_is_caught() {
        let mut story = Story::of(2);
        story.send(0, "c1", "hello");
        story.rewrite(1, "goodbye");
        assert_eq!(nothing_is_invented(&story.end()).len(), 1);
    }
}
