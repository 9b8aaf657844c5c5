//! How far the members of a room have come, and what that says of a message.

use super::{
    Mark, Seq, UserId,
    sorted::{Sorted, sort_by_key},
};

/// The marks of a room's members; each only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Sorted<UserId, Mark>);

/// How far the others have come: enough to tell the state of every message of mine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// One of the others holds everything up to here.
    delivered: Seq,
    /// What each of the others has read, ascending.
    reads: Vec<Seq>,
}

/// What became of a stored message of mine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Stored,
    /// At least one other member holds it.
    Delivered,
    /// So many others have read it.
    Read(usize),
}

impl Marks {
    pub(super) fn new(marks: &[Mark]) -> Self {
        Self(marks.iter().map(|mark| (mark.user, *mark)).collect())
    }

    pub fn raise(&mut self, mark: Mark) {
        let known = self.0.get(&mark.user).copied().unwrap_or(mark);
        let delivered_seq = known.delivered_seq.max(mark.delivered_seq);
        let read_seq = known.read_seq.max(mark.read_seq);
        self.0.insert(mark.user, Mark { delivered_seq, read_seq, ..mark });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn remove(&mut self, user: UserId) {
        self.0.remove(&user);
    }

    /// Who of the others has read `seq`.
    pub fn readers(&self, me: UserId, seq: Seq) -> impl Iterator<Item = UserId> {
        let readers = self.0.values().filter(move |mark| mark.user != me && mark.read_seq >= seq);
        readers.map(|mark| mark.user)
    }

    /// How far everyone but `me` has come.
    pub fn reached(&self, me: UserId) -> Reached {
        let others = || self.0.values().filter(|mark| mark.user != me);
        let mut reads: Vec<Seq> = others().map(|mark| mark.read_seq).collect();
        sort_by_key(&mut reads, |seq| *seq);
        let delivered = others().map(|mark| mark.delivered_seq).max().unwrap_or_default();
        Reached { delivered, reads }
    }
}

impl Reached {
    /// What became of my message `seq`.
    pub fn of(&self, seq: Seq) -> Reach {
        match self.reads.len() - self.reads.partition_point(|read| *read < seq) {
            0 if self.delivered >= seq => Reach::Delivered,
            0 => Reach::Stored,
            readers => Reach::Read(readers),
        }
    }

    /// Whether there is just one other, so that a count says nothing.
    pub const fn is_of_one(&self) -> bool {
        self.reads.len() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(user: i64, delivered: i64, read: i64) -> Mark {
        Mark { user: UserId(user), delivered_seq: Seq(delivered), read_seq: Seq(read) }
    }

    #[test]
    fn the_furthest_of_the_others_tells_the_state() {
        let marks = Marks::new(&[mark(1, 9, 9), mark(2, 7, 3), mark(3, 5, 5)]);
        let reached = marks.reached(UserId(1));
        let states = [8, 7, 5, 3].map(|seq| reached.of(Seq(seq)));
        assert_eq!(states, [Reach::Stored, Reach::Delivered, Reach::Read(1), Reach::Read(2)]);
        assert!(!reached.is_of_one());
    }

    #[test]
    fn alone_nothing_is_delivered() {
        let reached = Marks::new(&[mark(1, 9, 9)]).reached(UserId(1));
        assert_eq!(reached.of(Seq(1)), Reach::Stored);
    }

    #[test]
    fn an_old_mark_takes_nothing_back() {
        let mut marks = Marks::new(&[mark(2, 7, 3)]);
        marks.raise(mark(2, 5, 5));
        marks.raise(mark(3, 1, 0));
        assert_eq!(marks, Marks::new(&[mark(2, 7, 5), mark(3, 1, 0)]));
        marks.remove(UserId(2));
        assert_eq!(marks, Marks::new(&[mark(3, 1, 0)]));
    }
}
