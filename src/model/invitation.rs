//! Invitations into closed rooms, and the list of them that a tab keeps.

use serde::{Deserialize, Serialize};

use super::{RoomId, RoomKind, Timestamp, UserId, sorted::sort_by_key};

/// A group or private channel that somebody asks the user to enter: all that the user may know of it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Invitation {
    pub room: RoomId,
    pub kind: RoomKind,
    /// The room's name; empty for a group without one, since its members' names are not for the invited.
    pub name: String,
    pub inviter: UserId,
    pub member_count: u32,
    pub at: Timestamp,
}

/// The user's open invitations, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitations {
    open: Vec<Invitation>,
    /// What was told on this connection since the last whole list; a list that was read before may lack it.
    told: Vec<(RoomId, Option<Invitation>)>,
}

impl Invitations {
    pub fn new(open: Vec<Invitation>) -> Self {
        let mut all = Self { open, told: Vec::new() };
        all.sort();
        all
    }

    pub fn open(&self) -> &[Invitation] {
        &self.open
    }

    /// A new connection begins: what was told before is in its first whole list.
    pub(super) fn connect(&mut self) {
        self.told.clear();
    }

    /// Takes in a whole list.
    pub(super) fn replace(&mut self, open: Vec<Invitation>) {
        self.open = open;
        for (room, told) in std::mem::take(&mut self.told) {
            self.put(room, told);
        }
        self.sort();
    }

    /// Takes in that the room's invitation is new, or gone.
    pub(super) fn change(&mut self, room: RoomId, invitation: Option<Invitation>) {
        self.put(room, invitation.clone());
        self.told.retain(|(known, _)| *known != room);
        self.told.push((room, invitation));
        self.sort();
    }

    fn put(&mut self, room: RoomId, invitation: Option<Invitation>) {
        self.open.retain(|known| known.room != room);
        self.open.extend(invitation);
    }

    fn sort(&mut self) {
        sort_by_key(&mut self.open, |invitation| std::cmp::Reverse((invitation.at, invitation.room)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(room: i64) -> Invitation {
        let (room, at) = (RoomId(room), Timestamp(room));
        Invitation {
            room,
            kind: RoomKind::Group,
            name: String::new(),
            inviter: UserId(1),
            member_count: 1,
            at,
        }
    }

    fn rooms(invitations: &Invitations) -> Vec<i64> {
        invitations.open().iter().map(|invitation| invitation.room.0).collect()
    }

    #[test]
    fn the_latest_stands_first_and_one_room_has_one() {
        let mut all = Invitations::new(vec![invitation(1), invitation(3)]);
        all.change(RoomId(2), Some(invitation(2)));
        all.change(RoomId(2), Some(invitation(2)));
        assert_eq!(rooms(&all), [3, 2, 1]);
        all.change(RoomId(3), None);
        assert_eq!(rooms(&all), [2, 1]);
    }

    #[test]
    fn a_list_that_was_read_before_takes_nothing_back() {
        let mut all = Invitations::new(vec![invitation(1)]);
        all.change(RoomId(2), Some(invitation(2)));
        all.change(RoomId(1), None);
        all.replace(vec![invitation(1)]);
        assert_eq!(rooms(&all), [2]);
        all.replace(vec![invitation(1)]);
        assert_eq!(rooms(&all), [1], "the second list is newer than what was told");
    }

    #[test]
    fn a_new_connection_believes_its_first_list() {
        let mut all = Invitations::default();
        all.change(RoomId(2), Some(invitation(2)));
        all.connect();
        all.replace(Vec::new());
        assert!(all.open().is_empty(), "declined elsewhere, while this tab was away");
    }
}
