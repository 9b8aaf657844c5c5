//! How far a room's members have come, as it was told here. Words of several nodes overtake each other and the
//! database; what is told never goes back.

use std::collections::HashMap;

use crate::model::{LiveEvent, Mark, Seq, UserId};

#[derive(Debug, Default)]
pub(super) struct Told(HashMap<UserId, (Seq, Seq)>);

impl Told {
    /// The mark was told, in an answer or an event.
    pub(super) fn note(&mut self, mark: Mark) -> Mark {
        let (delivered, read) = self.0.entry(mark.user).or_default();
        *delivered = mark.delivered_seq.max(*delivered);
        *read = mark.read_seq.max(*read);
        Mark { delivered_seq: *delivered, read_seq: *read, ..mark }
    }

    /// The receipt as it may be told now; none if it is old. Other events pass as they are.
    pub(super) fn admit(&mut self, event: LiveEvent) -> Option<LiveEvent> {
        let LiveEvent::Receipt { room, user, delivered_seq, read_seq, unread } = event else {
            return Some(event);
        };
        let known = self.0.get(&user).copied().unwrap_or_default();
        // With an old count of what is left to read the user's other connections would be misled.
        if (delivered_seq <= known.0 && read_seq <= known.1 && unread.is_none())
            || read_seq < known.1 && unread.is_some()
        {
            return None;
        }
        let Mark { delivered_seq, read_seq, .. } = self.note(Mark { user, delivered_seq, read_seq });
        Some(LiveEvent::Receipt { room, user, delivered_seq, read_seq, unread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RoomId;

    const ANA: UserId = UserId(1);

    fn receipt(delivered: i64, read: i64, unread: Option<u32>) -> LiveEvent {
        let (delivered_seq, read_seq) = (Seq(delivered), Seq(read));
        LiveEvent::Receipt { room: RoomId(1), user: ANA, delivered_seq, read_seq, unread }
    }

    #[test]
    fn a_mark_is_told_when_it_grows_and_never_goes_back() {
        let mut told = Told::default();
        assert_eq!(told.admit(receipt(5, 2, None)), Some(receipt(5, 2, None)));
        assert_eq!(told.admit(receipt(4, 3, None)), Some(receipt(5, 3, None)));
        assert_eq!(told.admit(receipt(5, 3, None)), None, "nothing new");
        told.note(Mark { user: ANA, delivered_seq: Seq(9), read_seq: Seq(3) });
        assert_eq!(told.admit(receipt(8, 3, None)), None, "the answer to a sync was ahead");
    }

    #[test]
    fn a_count_of_unread_is_told_unless_it_is_old() {
        let mut told = Told::default();
        told.note(Mark { user: ANA, delivered_seq: Seq(9), read_seq: Seq(7) });
        assert_eq!(told.admit(receipt(8, 7, Some(0))), Some(receipt(9, 7, Some(0))));
        assert_eq!(told.admit(receipt(9, 6, Some(1))), None);
    }
}
