//! The order of seqs is one that the people in the room can believe.

use std::collections::{BTreeMap, HashMap};

use super::{Evidence, Law, Violation};
use crate::faults::{
    log::{Entry, What},
    wire::is_retryable,
};

/// Whatever anybody knew of before a message was first sent has a lower seq in its room.
pub(super) fn seen_comes_before_sent(evidence: &Evidence) -> Vec<Violation> {
    let rows = evidence.rows_by_cid();
    let mut moments: Vec<(&Entry, i64)> = Vec::new();
    for witness in &evidence.witnesses {
        moments.extend(witness.log.entries.iter().map(|entry| (entry, witness.user)));
    }
    moments.sort_unstable_by_key(|(entry, _)| entry.tick);
    let mut known: HashMap<i64, (i64, u64)> = HashMap::new();
    let mut sent = std::collections::HashSet::new();
    let mut violations = Vec::new();
    for (entry, user) in moments {
        let mut know = |room, seq| {
            let highest = known.entry(room).or_insert((seq, entry.tick));
            if highest.0 < seq {
                *highest = (seq, entry.tick);
            }
        };
        match &entry.what {
            What::Acknowledged { room, seq, .. } => know(*room, *seq),
            What::Invoked { cid, room, .. } if sent.insert((user, cid)) => {
                let stored = rows.get(&(user, cid.as_str())).and_then(|rows| rows.first());
                if let (Some(stored), Some((seq, tick))) = (stored, known.get(room))
                    && stored.seq <= *seq
                {
                    violations.push(Violation {
                        law: Law::SeenComesBeforeSent,
                        what: format!(
                            "room {room}: seq {seq} was known at tick {tick}, {cid} was sent at tick {} and has \
                             seq {}",
                            entry.tick, stored.seq
                        ),
                    });
                }
            }
            _ => entry.messages().iter().for_each(|message| know(message.room, message.seq)),
        }
    }
    violations
}

/// Messages first sent on one connection have seqs in the order of sending, unless one had to be sent again
/// because it was refused.
pub(super) fn pipeline_keeps_order(evidence: &Evidence) -> Vec<Violation> {
    if !evidence.rules.pipeline {
        return Vec::new();
    }
    let rows = evidence.rows_by_cid();
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        let refused = |entry: &Entry| matches!(&entry.what, What::Refused { code, .. } if is_retryable(code));
        if witness.log.entries.iter().any(refused) {
            continue;
        }
        let mut sent = std::collections::HashSet::new();
        let mut last: BTreeMap<(u32, i64), (i64, &str)> = BTreeMap::new();
        for entry in &witness.log.entries {
            let What::Invoked { conn, cid, room, .. } = &entry.what else { continue };
            let stored = rows.get(&(witness.user, cid.as_str())).and_then(|rows| rows.first());
            let Some(stored) = stored.filter(|_| sent.insert(cid)) else { continue };
            let before = last.insert((*conn, *room), (stored.seq, cid));
            if let Some((seq, earlier)) = before.filter(|(seq, _)| *seq > stored.seq) {
                violations.push(Violation {
                    law: Law::PipelineKeepsOrder,
                    what: format!(
                        "{} sent {earlier} before {cid} on connection {conn}; in room {room} their seqs are {seq} \
                         and {}",
                        witness.username, stored.seq
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
    use crate::faults::checker::story::Story;

    #[test]
    fn answers_in_order_are_no_violation() {
        let mut story = Story::of(2);
        story.send(0, "c1", "a").acknowledge(0, "c1", 1).send(1, "c2", "b").tell_all(1).tell_all(2);
        let evidence = story.end();
        assert_eq!(seen_comes_before_sent(&evidence), []);
        assert_eq!(pipeline_keeps_order(&evidence), []);
    }

    #[test]
    fn an_answer_above_its_question_is_caught() {
        let mut story = Story::of(2);
        story.store(1, "answer", "b").store(0, "question", "a");
        story.invoke(0, "question", "a").acknowledge(0, "question", 2).invoke(1, "answer", "b");
        assert_eq!(seen_comes_before_sent(&story.end()).len(), 1);
    }

    #[test]
    fn sends_at_the_same_time_may_stand_in_any_order() {
        let mut story = Story::of(2);
        story.store(1, "c2", "b").store(0, "c1", "a");
        story.invoke(0, "c1", "a").invoke(1, "c2", "b").acknowledge(0, "c1", 2);
        assert_eq!(seen_comes_before_sent(&story.end()), []);
    }

    #[test]
    fn pipelined_sends_in_reverse_are_caught() {
        let mut story = Story::of(1);
        story.store(0, "c2", "b").store(0, "c1", "a");
        story.invoke(0, "c1", "a").invoke(0, "c2", "b");
        assert_eq!(pipeline_keeps_order(&story.end()).len(), 1);
    }
}
