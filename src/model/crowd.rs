//! The members of the open room: all of them, or of many only some, and how many there are.
//!
//! While some are not at hand, the notices of who came and went move the number: an event that tells of a member does
//! not say whether they entered or only have another role.

use super::{Member, Notice, Seq, UserId, page::OpenRoom, sorted::Sorted};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    known: Sorted<UserId, Member>,
    count: usize,
    is_whole: bool,
    /// Who left since some are missing: a list that was read before may still name them.
    left: Sorted<UserId, Seq>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was known before.
    Known,
    /// They were not at hand before.
    Entered,
    Changed,
    Left,
}

impl Crowd {
    pub(super) fn new(page: &OpenRoom) -> Self {
        let count = usize::try_from(page.member_count).unwrap_or(usize::MAX);
        let known: Sorted<_, _> = page.members.iter().map(|m| (m.user, m.clone())).collect();
        Self { is_whole: known.len() >= count, count, known, left: Sorted::new() }
    }

    /// Those at hand, who have not left.
    pub fn known(&self) -> impl Iterator<Item = &Member> {
        self.known.values()
    }

    /// How many are in the room.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether all are at hand.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(super) fn take(&mut self, member: Member) -> Taken {
        let (user, seq) = (member.user, member.seq);
        if self.known.get(&user).is_some_and(|known| known.seq >= seq) {
            return Taken::Known;
        }
        if member.joined {
            if self.known.insert(user, member).is_some() {
                return Taken::Changed;
            }
            self.count += usize::from(self.is_whole);
            return Taken::Entered;
        }
        let was_known = self.known.remove(&user).is_some();
        if self.is_whole {
            self.count = self.count.saturating_sub(usize::from(was_known));
        } else {
            self.left.insert(user, seq);
        }
        Taken::Left
    }

    /// Takes in a new notice of the timeline.
    pub(super) fn take_notice(&mut self, notice: Notice) {
        if self.is_whole {
            return;
        }
        match notice {
            Notice::Joined => self.count += 1,
            Notice::Left | Notice::Removed => self.count = self.count.saturating_sub(1),
            Notice::Created | Notice::Unknown => {}
        }
    }

    /// Takes in all members, as they were read while events went on.
    pub(super) fn fill(&mut self, all: Vec<Member>) {
        for member in all {
            let (user, seq) = (member.user, member.seq);
            let is_known = self.known.get(&user).is_some_and(|known| known.seq >= seq);
            let has_left = self.left.get(&user).is_some_and(|left| *left > seq);
            if !is_known && !has_left {
                self.known.insert(user, member);
            }
        }
        self.count = self.known.len();
        self.is_whole = true;
        self.left.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timeline::tests::{member, page};

    /// Of the users 1 to 9, those up to `shown` are at hand.
    fn crowd(shown: i64) -> Crowd {
        let members = (1..=shown).map(|id| member(id, id, true)).collect();
        Crowd::new(&OpenRoom { member_count: 9, ..page(9, Vec::new(), members) })
    }

    #[test]
    fn notices_move_the_number_of_those_who_are_not_at_hand() {
        let mut crowd = crowd(2);
        assert!(!crowd.is_whole());
        let steps = [(10, 30, true), (10, 30, true), (12, 8, false), (14, 1, false)];
        let taken = steps.map(|(seq, id, joined)| crowd.take(member(seq, id, joined)));
        assert_eq!(taken, [Taken::Entered, Taken::Known, Taken::Left, Taken::Left]);
        assert_eq!((crowd.count(), crowd.known().count()), (9, 2));
        [Notice::Joined, Notice::Left, Notice::Removed].into_iter().for_each(|n| crowd.take_notice(n));
        assert_eq!(crowd.count(), 8);
    }

    #[test]
    fn another_role_of_somebody_who_is_not_at_hand_is_no_entering() {
        let mut crowd = crowd(2);
        crowd.take(member(10, 5, true));
        assert_eq!((crowd.count(), crowd.known().count()), (9, 3));
    }

    #[test]
    fn of_a_small_room_the_members_are_counted() {
        let mut crowd = crowd(9);
        crowd.take(member(10, 30, true));
        crowd.take_notice(Notice::Joined);
        crowd.take(member(12, 8, false));
        crowd.take(member(13, 8, false));
        crowd.take_notice(Notice::Left);
        assert_eq!(crowd.count(), 9);
    }

    #[test]
    fn a_list_read_before_somebody_left_does_not_bring_them_back() {
        let mut crowd = crowd(2);
        crowd.take(member(10, 8, false));
        crowd.take(member(11, 7, false));
        crowd.take(member(12, 7, true));
        crowd.fill((1..=9).map(|id| member(id, id, true)).collect());
        assert_eq!((crowd.count(), crowd.is_whole()), (8, true));
        assert!(crowd.known().all(|member| member.user != UserId(8)));
        crowd.take(member(13, 8, false));
        assert_eq!(crowd.count(), 8, "known to be outside");
    }

    #[test]
    fn a_small_room_is_whole_at_once() {
        assert!(crowd(9).is_whole());
    }
}
