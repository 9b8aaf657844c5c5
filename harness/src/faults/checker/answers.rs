//! A retry is harmless: one row per author and cid, and one answer.

use std::collections::HashMap;

use super::{Evidence, Law, Violation};
use crate::faults::log::What;

/// No author has two rows with one cid.
pub(super) fn one_row_per_cid(evidence: &Evidence) -> Vec<Violation> {
    let rows = evidence.rows_by_cid();
    let doubled = rows.into_iter().filter(|(_, rows)| rows.len() > 1);
    doubled
        .map(|((author, cid), rows)| Violation {
            law: Law::OneRowPerCid,
            what: format!("user {author}'s {cid} is stored as {rows:?}"),
        })
        .collect()
}

/// Every acknowledgement of a cid, and every message shown with it, names the same room, id and seq.
pub(super) fn answers_agree(evidence: &Evidence) -> Vec<Violation> {
    let mut answers: HashMap<(i64, &str), (i64, i64, i64, String)> = HashMap::new();
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            let mut hear = |author, cid, room, id, seq| {
                let by = format!("{} at tick {}", witness.username, entry.tick);
                let first = answers.entry((author, cid)).or_insert_with(|| (room, id, seq, by.clone()));
                if (first.0, first.1, first.2) != (room, id, seq) {
                    violations.push(Violation {
                        law: Law::AnswersAgree,
                        what: format!(
                            "user {author}'s {cid} is room {}, id {}, seq {} to {}, but room {room}, id {id}, \
                             seq {seq} to {by}",
                            first.0, first.1, first.2, first.3
                        ),
                    });
                }
            };
            if let What::Acknowledged { cid, room, id, seq, .. } = &entry.what {
                hear(witness.user, cid, *room, *id, *seq);
            }
            for message in entry.messages() {
                if let Some(cid) = &message.cid {
                    hear(message.from, cid, message.room, message.id, message.seq);
                }
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
    fn a_repeated_answer_is_no_violation() {
        let mut story = Story::of(2);
        story.send(0, "c1", "hello").acknowledge(0, "c1", 1).acknowledge(0, "c1", 1).tell_all(1);
        let evidence = story.end();
        assert_eq!(answers_agree(&evidence), []);
        assert_eq!(one_row_per_cid(&evidence), []);
    }

    #[test]
    fn a_doubled_row_is_caught() {
        let mut story = Story::of(1);
        story.send(0, "c1", "hello");
        story.store(0, "c1", "hello");
        assert_eq!(one_row_per_cid(&story.end()).len(), 1);
    }

    #[test]
    fn two_answers_are_caught() {
        let mut story = Story::of(1);
        story.send(0, "c1", "hello");
        story.store(0, "c2", "hello");
        story.acknowledge(0, "c1", 1).acknowledge(0, "c1", 2);
        assert_eq!(answers_agree(&story.end()).len(), 1);
    }

    #[test]
    fn an_event_that_contradicts_the_answer_is_caught() {
        let mut story = Story::of(2);
        story.send(0, "c1", "hello").acknowledge(0, "c1", 1).send(0, "c2", "again");
        let mut other = story.row(2);
        other.cid = Some("c1".to_owned());
        story.tell(1, other);
        assert_eq!(answers_agree(&story.end()).len(), 1);
    }
}
