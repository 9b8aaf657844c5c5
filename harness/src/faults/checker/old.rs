//! A client that was written for an older version of the protocol stays whole beside newer ones.

use super::{Evidence, Law, Violation, Witness};
use crate::faults::{log::What, wire::Row};

/// What it was told as a new message is one, what it holds is what history has, place by place, and its commands are
/// understood. Of changes that it does not know it only knows that there are some.
pub(super) fn old_clients_are_whole(evidence: &Evidence) -> Vec<Violation> {
    let old = evidence.witnesses.iter().filter(|witness| witness.is_old);
    old.flat_map(|witness| {
        let mut found = told_in_place(evidence, witness);
        found.extend(held_as_stored(witness));
        found.extend(misunderstood(witness));
        found
    })
    .map(|what| Violation { law: Law::OldClientIsWhole, what })
    .collect()
}

fn told_in_place(evidence: &Evidence, witness: &Witness) -> Vec<String> {
    let rooms = evidence.rooms();
    let mut found = Vec::new();
    for entry in &witness.log.entries {
        let What::Told { row: Row::Message(told), .. } = &entry.what else { continue };
        let Some(view) = rooms.get(&told.room) else { continue };
        if !view.messages.iter().any(|stored| (stored.seq, stored.id) == (told.seq, told.id)) {
            found.push(format!(
                "{} was told at tick {} that seq {} of room {} is the new message {}, which is not there",
                witness.username, entry.tick, told.seq, told.room, told.id
            ));
        }
    }
    found
}

fn held_as_stored(witness: &Witness) -> Vec<String> {
    let mut found = Vec::new();
    for (room, view) in &witness.views {
        let Some(held) = witness.held.get(room) else {
            found.push(format!("{} does not hold room {room}", witness.username));
            continue;
        };
        let own = held.messages.values().map(|message| (message.seq, message.id, message.text.as_str()));
        let stored = view.messages.iter().map(|message| (message.seq, message.id, message.text.as_str()));
        if held.cursor != view.cursor || !own.eq(stored) {
            found.push(format!(
                "{} holds {} messages of room {room} up to seq {}, history has {} up to {}",
                witness.username,
                held.messages.len(),
                held.cursor,
                view.messages.len(),
                view.cursor
            ));
        }
    }
    found
}

fn misunderstood(witness: &Witness) -> Option<String> {
    let refused = |what: &What| matches!(what, What::Refused { code, .. } if code == "malformed");
    let first = witness.log.entries.iter().find(|entry| refused(&entry.what))?;
    Some(format!("{}'s command was refused as malformed at tick {}", witness.username, first.tick))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::checker::story::{ROOM, Story};

    fn told() -> Story {
        let mut story = Story::of(1);
        story.send(0, "c1", "a").tell_all(1).skip();
        story.note(0, What::Told { conn: 1, row: Row::Other { room: ROOM, seq: 2 } });
        story
    }

    fn judged(story: Story) -> usize {
        let mut evidence = story.end();
        evidence.witnesses[0].is_old = true;
        old_clients_are_whole(&evidence).len()
    }

    #[test]
    fn a_change_of_an_unknown_kind_is_no_violation() {
        assert_eq!(judged(told()), 0);
    }

    #[test]
    fn a_change_that_is_told_as_a_new_message_is_caught() {
        let mut story = told();
        let mut edited = story.row(1);
        (edited.seq, edited.changed_seq) = (2, 2);
        story.tell(0, edited);
        assert_eq!(judged(story), 1);
    }

    #[test]
    fn a_client_that_lacks_a_row_is_caught() {
        let mut evidence = told().end();
        evidence.witnesses[0].is_old = true;
        evidence.witnesses[0].held.get_mut(&ROOM).unwrap().messages.clear();
        assert_eq!(old_clients_are_whole(&evidence).len(), 1);
    }

    #[test]
    fn a_command_that_is_not_understood_any_more_is_caught() {
        let mut story = told();
        story.note(0, What::Refused { conn: 1, cid: None, code: "malformed".to_owned() });
        assert_eq!(judged(story), 1);
    }
}
