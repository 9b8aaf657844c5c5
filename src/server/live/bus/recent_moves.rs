//! Who entered or left a room last, as far as it was told here: so that a later look at the database is not
//! taken for news when it is old.

use std::collections::VecDeque;

use crate::model::{Seq, UserId};

/// More of them are not remembered.
const MOST: usize = 256;

#[derive(Debug, Default)]
pub(in crate::server::live) struct RecentMoves(VecDeque<(UserId, Seq)>);

impl RecentMoves {
    /// The user entered or left with the change `seq`.
    pub(in crate::server::live) fn note(&mut self, user: UserId, seq: Seq) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((user, seq));
    }

    /// Whether what the database said of the user when the room's last seq was `head` may be old.
    pub(in crate::server::live) fn may_be_after(&self, user: UserId, head: Seq) -> bool {
        let are_all_after = self.0.len() == MOST && self.0.front().is_some_and(|(_, seq)| *seq > head);
        are_all_after || self.0.iter().any(|(moved, seq)| *moved == user && *seq > head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);
    const BEA: UserId = UserId(2);

    #[test]
    fn what_was_read_before_a_move_is_old() {
        let mut moves = RecentMoves::default();
        moves.note(ANA, Seq(5));
        assert!(moves.may_be_after(ANA, Seq(4)) && !moves.may_be_after(ANA, Seq(5)));
        assert!(!moves.may_be_after(BEA, Seq(4)));
    }

    #[test]
    fn who_does_not_remember_does_not_trust() {
        let mut moves = RecentMoves::default();
        (1..=300).for_each(|seq| moves.note(ANA, Seq(seq)));
        assert!(moves.may_be_after(BEA, Seq(10)) && !moves.may_be_after(BEA, Seq(200)));
    }
}
