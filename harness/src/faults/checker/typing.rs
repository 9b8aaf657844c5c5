//! Nobody is shown as typing for more than six seconds after their last word.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Law, Violation, Witness};
use crate::faults::{log::What, wire::Row};

const STALE_AFTER_MS: u64 = 6_000;
/// Two busy processors may be late by so much.
const SLACK_MS: u64 = 1_500;

pub(super) fn typing_ends(evidence: &Evidence) -> Vec<Violation> {
    if !evidence.rules.typing {
        return Vec::new();
    }
    let words = words(evidence);
    evidence.witnesses.iter().flat_map(|witness| stale(witness, &words)).collect()
}

/// When each user said to type, per room.
type Words = BTreeMap<(i64, i64), Vec<u64>>;

fn words(evidence: &Evidence) -> Words {
    let mut words = Words::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            if let What::Typed { room, on: true, .. } = entry.what {
                words.entry((witness.user, room)).or_default().push(entry.ms);
            }
        }
    }
    words
}

fn stale(witness: &Witness, words: &Words) -> Vec<Violation> {
    let mut shown: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    let mut violations = Vec::new();
    let mut expect = |shown: &mut BTreeMap<i64, BTreeSet<i64>>, now: u64| {
        for (room, users) in shown {
            users.retain(|user| {
                let said = words.get(&(*user, *room)).into_iter().flatten();
                let last = said.filter(|ms| **ms <= now).max().copied().unwrap_or(0);
                let is_stale = now > last + STALE_AFTER_MS + SLACK_MS;
                if is_stale {
                    let what = format!(
                        "{} sees user {user} typing in room {room} at {now} ms; the last word was at {last} ms",
                        witness.username
                    );
                    violations.push(Violation { law: Law::TypingEnds, what });
                }
                !is_stale
            });
        }
    };
    for entry in &witness.log.entries {
        expect(&mut shown, entry.ms);
        match &entry.what {
            What::Typing { room, users, .. } => {
                shown.insert(*room, users.iter().copied().collect());
            }
            What::Told { row: Row::Message(message), .. } => {
                if let Some(users) = shown.get_mut(&message.room) {
                    users.remove(&message.from);
                }
            }
            What::Told { row: Row::Member(member), .. } if !member.joined => {
                if let Some(users) = shown.get_mut(&member.room) {
                    users.remove(&member.user);
                }
                if member.user == witness.user {
                    shown.remove(&member.room);
                }
            }
            What::Connected { .. } | What::Closed { .. } => shown.clear(),
            _ => {}
        }
        expect(&mut shown, entry.ms);
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::{ROOM, Story};

    fn story(end: u64) -> Evidence {
        let mut story = Story::of(2);
        story.note(0, What::Typed { conn: 1, room: ROOM, on: true });
        story.note(1, What::Typing { conn: 1, room: ROOM, users: vec![100] });
        story.note(1, What::Typing { conn: 1, room: ROOM, users: Vec::new() });
        let mut evidence = story.end();
        evidence.witnesses[0].log.entries.iter_mut().for_each(|entry| entry.ms = 1_000);
        evidence.witnesses[1].log.entries.iter_mut().for_each(|entry| entry.ms = 1_000);
        evidence.witnesses[1].log.entries.last_mut().unwrap().ms = end;
        evidence
    }

    #[test]
    fn typing_that_ends_in_time_is_no_violation() {
        assert_eq!(typing_ends(&story(6_500)), []);
    }

    #[test]
    fn typing_that_goes_on_is_caught() {
        assert_eq!(typing_ends(&story(9_000)).len(), 1);
    }
}
