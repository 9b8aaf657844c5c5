//! What is told of messages that this client holds: the newest of each room, once a second at most.

use crate::model::{ClientCommand, RoomId, Seq, Timestamp, sorted::Sorted};

/// A room is told of at most so often.
const EVERY: i64 = 1_000_000;

#[derive(Debug, Default)]
pub(super) struct Delivered {
    held: Sorted<RoomId, Seq>,
    told: Sorted<RoomId, (Seq, Timestamp)>,
}

impl Delivered {
    pub(super) const fn new() -> Self {
        Self { held: Sorted::new(), told: Sorted::new() }
    }

    /// This client holds `room` up to `seq`.
    pub(super) fn hold(&mut self, room: RoomId, seq: Seq) {
        if self.told.get(&room).is_none_or(|(told, _)| *told < seq) {
            let held = self.held.get(&room).map_or(seq, |held| seq.max(*held));
            self.held.insert(room, held);
        }
    }

    /// It was told otherwise: what is read was delivered.
    pub(super) fn cover(&mut self, room: RoomId, seq: Seq, now: Timestamp) {
        self.held.retain(|held, to| *held != room || *to > seq);
        self.told.insert(room, (seq, now));
    }

    /// When there is something to tell.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.held.keys().map(|room| self.due_of(*room)).min()
    }

    /// What is to be told now.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<ClientCommand> {
        let due: Vec<RoomId> = self.held.keys().copied().filter(|room| self.due_of(*room) <= now).collect();
        let tell = |room| {
            let seq = self.held.remove(&room)?;
            self.told.insert(room, (seq, now));
            Some(ClientCommand::Delivered { room, seq })
        };
        due.into_iter().filter_map(tell).collect()
    }

    fn due_of(&self, room: RoomId) -> Timestamp {
        self.told.get(&room).map_or(Timestamp(0), |(_, at)| Timestamp(at.0 + EVERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(7);

    fn told(seq: i64) -> Vec<ClientCommand> {
        vec![ClientCommand::Delivered { room: ROOM, seq: Seq(seq) }]
    }

    #[test]
    fn the_first_is_told_at_once_and_of_many_the_last() {
        let (mut delivered, start) = (Delivered::new(), Timestamp(5));
        delivered.hold(ROOM, Seq(1));
        assert_eq!(delivered.take_due(start), told(1));
        (2..=9).for_each(|seq| delivered.hold(ROOM, Seq(seq)));
        assert_eq!(delivered.take_due(start), []);
        assert_eq!(delivered.due(), Some(Timestamp(5 + EVERY)));
        assert_eq!(delivered.take_due(Timestamp(5 + EVERY)), told(9));
        assert_eq!(delivered.due(), None);
    }

    #[test]
    fn nothing_is_told_twice() {
        let mut delivered = Delivered::new();
        delivered.hold(ROOM, Seq(3));
        delivered.cover(ROOM, Seq(4), Timestamp(0));
        delivered.hold(ROOM, Seq(4));
        assert_eq!(delivered.due(), None);
        delivered.hold(ROOM, Seq(5));
        assert_eq!(delivered.take_due(Timestamp(EVERY)), told(5));
    }
}
