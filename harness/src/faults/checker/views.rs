//! Everybody sees the same: all members, whatever way they learned of it.

use std::collections::{BTreeMap, HashSet};

use super::{Evidence, Law, Violation, Witness, stretches};

/// How many messages a room's page begins with.
const ON_A_PAGE: usize = 50;

/// Every member reads the same history, and every message was shown as history has it.
pub(super) fn members_agree(evidence: &Evidence) -> Vec<Violation> {
    let rooms = evidence.rooms();
    let mut violations = Vec::new();
    let mut violate = |what| violations.push(Violation { law: Law::MembersAgree, what });
    for witness in &evidence.witnesses {
        for (room, view) in &witness.views {
            let first = rooms[room];
            if view.messages.len() != first.messages.len() || view.cursor != first.cursor {
                violate(format!(
                    "room {room}: {} reads {} messages up to seq {}, another member {} up to {}",
                    witness.username,
                    view.messages.len(),
                    view.cursor,
                    first.messages.len(),
                    first.cursor
                ));
            }
            for (own, other) in view.messages.iter().zip(&first.messages).filter(|(own, other)| own != other)
            {
                violate(format!("room {room}: {} reads {own:?}, another member {other:?}", witness.username));
            }
        }
    }
    let stored: BTreeMap<_, _> =
        rooms.values().flat_map(|view| &view.messages).map(|message| (message.id, message)).collect();
    let mut reported = HashSet::new();
    for witness in &evidence.witnesses {
        for entry in &witness.log.entries {
            for told in entry.messages() {
                let Some(stored) = stored.get(&told.id) else { continue };
                let same_state = told.changed_seq == stored.changed_seq;
                if same_state && told != *stored && reported.insert((witness.user, told.id)) {
                    violate(format!(
                        "{} was told {told:?} at tick {}; history has {stored:?}",
                        witness.username, entry.tick
                    ));
                }
            }
        }
    }
    violations
}

/// The page that the server renders shows the newest texts, as history has them and in its order.
pub(super) fn pages_show_history(evidence: &Evidence) -> Vec<Violation> {
    let mut violations = Vec::new();
    for witness in &evidence.witnesses {
        for (room, view) in &witness.views {
            let Some(mut rest) = view.page.as_deref() else { continue };
            let newest = view.messages.len().saturating_sub(ON_A_PAGE);
            for message in view.messages[newest..].iter().filter(|message| message.kind == "text") {
                let shown = format!(">{}</div>", message.html);
                let Some(at) = rest.find(&shown) else {
                    let what = format!("{}'s page of room {room} lacks {message:?}", witness.username);
                    violations.push(Violation { law: Law::PageShowsHistory, what });
                    break;
                };
                rest = &rest[at + shown.len()..];
            }
        }
    }
    violations
}

/// What a client made of its events is what it reads anew.
pub(super) fn events_equal_fetch(evidence: &Evidence) -> Vec<Violation> {
    evidence.witnesses.iter().flat_map(differences).collect()
}

fn differences(witness: &Witness) -> Vec<Violation> {
    let mut found = Vec::new();
    for (room, view) in &witness.views {
        let Some(held) = witness.held.get(room) else {
            found.push(format!("does not hold room {room}"));
            continue;
        };
        if held.cursor != view.cursor {
            found.push(format!("holds room {room} up to seq {}, it is at {}", held.cursor, view.cursor));
        }
        let stored: BTreeMap<_, _> = view.messages.iter().map(|message| (message.seq, message)).collect();
        let missing: Vec<_> = stored.keys().copied().filter(|seq| !held.messages.contains_key(seq)).collect();
        if !missing.is_empty() {
            found.push(format!("lacks {} of room {room}", stretches(&missing)));
        }
        for (seq, message) in &held.messages {
            if stored.get(seq).is_none_or(|stored| *stored != message) {
                found.push(format!("holds {message:?}, the room has {:?}", stored.get(seq)));
            }
        }
        if witness.is_old {
            // That somebody entered may have been told in a way that it does not know.
            continue;
        }
        let joined: Vec<_> = held.members.values().filter(|member| member.joined).collect();
        let mut listed: Vec<_> = view.members.iter().collect();
        listed.sort_by_key(|member| member.user);
        if joined != listed {
            found.push(format!("knows the members {joined:?} of room {room}, it has {listed:?}"));
        }
    }
    let left = witness.held.keys().filter(|room| !witness.views.contains_key(room));
    found.extend(left.map(|room| format!("holds room {room}, which it has left")));
    let violation =
        |what| Violation { law: Law::EventsEqualFetch, what: format!("{} {what}", witness.username) };
    found.into_iter().map(violation).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::faults::checker::story::{ROOM, Story, member};

    fn evidence() -> Evidence {
        let mut story = Story::of(2);
        story.send(0, "c1", "a").send(1, "c2", "b").tell_all(1).tell_all(2);
        story.end()
    }

    #[test]
    fn the_same_state_is_no_violation() {
        assert_eq!(members_agree(&evidence()), []);
        assert_eq!(events_equal_fetch(&evidence()), []);
    }

    #[test]
    fn a_page_that_lacks_a_message_or_shows_another_order_is_caught() {
        for (page, violations) in [
            ("<div>a</div><div>b</div>", 0),
            ("<div>b</div><div>a</div>", 1),
            ("<div>a</div><div>x</div>", 1),
        ] {
            let mut evidence = evidence();
            evidence.witnesses[1].views.get_mut(&ROOM).unwrap().page = Some(page.to_owned());
            assert_eq!(pages_show_history(&evidence).len(), violations, "{page}");
        }
    }

    #[test]
    fn members_who_read_different_rows_are_caught() {
        let mut evidence = evidence();
        let view = evidence.witnesses[1].views.get_mut(&ROOM).unwrap();
        Arc::make_mut(&mut view.messages[0]).html = "<b>a</b>".to_owned();
        assert_eq!(members_agree(&evidence).len(), 1);
        evidence.witnesses[1].views.get_mut(&ROOM).unwrap().messages.pop();
        assert_eq!(members_agree(&evidence).len(), 2);
    }

    #[test]
    fn an_event_with_other_words_is_caught() {
        let mut story = Story::of(2);
        story.send(0, "c1", "a");
        let mut row = story.row(1);
        row.text = "z".to_owned();
        story.tell(1, row);
        assert_eq!(members_agree(&story.end()).len(), 1);
    }

    #[test]
    fn a_client_that_lacks_a_row_is_caught() {
        let mut evidence = evidence();
        evidence.witnesses[0].held.get_mut(&ROOM).unwrap().messages.remove(&2);
        assert_eq!(events_equal_fetch(&evidence).len(), 1);
    }

    #[test]
    fn a_client_that_is_behind_or_knows_other_members_is_caught() {
        let mut evidence = evidence();
        let held = evidence.witnesses[0].held.get_mut(&ROOM).unwrap();
        held.cursor = 1;
        held.members.insert(101, member(1, 2, true));
        assert_eq!(events_equal_fetch(&evidence).len(), 2);
    }
}
