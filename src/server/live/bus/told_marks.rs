//! How far a room's members have come, as it was told here. Words of several nodes overtake each other and the
//! database; what is told never goes back.

use std::collections::HashMap;

use crate::model::{Ephemeral, Mark, Seq, UserId};

#[derive(Debug, Default)]
pub(in crate::server::live) struct ToldMarks(HashMap<UserId, Highest>);

/// Delivered and read, of one member.
#[derive(Clone, Copy, Debug, Default)]
struct Highest {
    /// The highest that anybody was told here.
    known: (Seq, Seq),
    /// What the whole room was told.
    in_room: (Seq, Seq),
}

impl ToldMarks {
    /// The mark was told to somebody, in an answer or an event.
    pub(in crate::server::live) fn note(&mut self, mark: Mark) -> Mark {
        let (delivered, read) = &mut self.0.entry(mark.user).or_default().known;
        *delivered = mark.delivered_seq.max(*delivered);
        *read = mark.read_seq.max(*read);
        Mark { delivered_seq: *delivered, read_seq: *read, ..mark }
    }

    /// The receipt as it may be told now; none if it is old. Other events pass as they are.
    pub(in crate::server::live) fn admit(&mut self, event: Ephemeral) -> Option<Ephemeral> {
        let Ephemeral::Receipt { room, user, delivered_seq, read_seq, unread } = event else {
            return Some(event);
        };
        // With an old count of what is left to read the user's other connections would be misled.
        if unread.is_some() && read_seq < self.0.get(&user).copied().unwrap_or_default().known.1 {
            return None;
        }
        let Mark { delivered_seq, read_seq, .. } = self.note(Mark { user, delivered_seq, read_seq });
        // One with a count goes to the user alone: the room has still to hear of it.
        if unread.is_none() {
            let in_room = &mut self.0.entry(user).or_default().in_room;
            if *in_room == (delivered_seq, read_seq) {
                return None;
            }
            *in_room = (delivered_seq, read_seq);
        }
        Some(Ephemeral::Receipt { room, user, delivered_seq, read_seq, unread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RoomId;

    const ANA: UserId = UserId(1);

    fn receipt(delivered: i64, read: i64, unread: Option<u32>) -> Ephemeral {
        let (delivered_seq, read_seq) = (Seq(delivered), Seq(read));
        Ephemeral::Receipt { room: RoomId(1), user: ANA, delivered_seq, read_seq, unread }
    }

    #[test]
    fn a_mark_is_told_when_it_grows_and_never_goes_back() {
        let mut told = ToldMarks::default();
        assert_eq!(told.admit(receipt(5, 2, None)), Some(receipt(5, 2, None)));
        assert_eq!(told.admit(receipt(4, 3, None)), Some(receipt(5, 3, None)));
        assert_eq!(told.admit(receipt(5, 3, None)), None, "nothing new");
        told.note(Mark { user: ANA, delivered_seq: Seq(9), read_seq: Seq(3) });
        assert_eq!(
            told.admit(receipt(8, 3, None)),
            Some(receipt(9, 3, None)),
            "the answer to a sync was ahead"
        );
        assert_eq!(told.admit(receipt(9, 3, None)), None);
    }

    #[test]
    fn the_room_hears_what_the_user_was_told_before() {
        let mut told = ToldMarks::default();
        assert_eq!(told.admit(receipt(7, 7, Some(0))), Some(receipt(7, 7, Some(0))));
        assert_eq!(told.admit(receipt(7, 7, None)), Some(receipt(7, 7, None)));
        assert_eq!(told.admit(receipt(7, 6, None)), None);
    }

    #[test]
    fn a_count_of_unread_is_told_unless_it_is_old() {
        let mut told = ToldMarks::default();
        told.note(Mark { user: ANA, delivered_seq: Seq(9), read_seq: Seq(7) });
        assert_eq!(told.admit(receipt(8, 7, Some(0))), Some(receipt(9, 7, Some(0))));
        assert_eq!(told.admit(receipt(9, 6, Some(1))), None);
    }
}
