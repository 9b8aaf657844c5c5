//! Typing notes: mine go out every few seconds at most, those of others fade.

use crate::model::{ClientCommand, RoomId, Timestamp, sorted::Sorted};

const SECOND: i64 = 1_000_000;
/// A note is void after so long.
const LIFE: i64 = 6 * SECOND;
/// Mine is told at most so often.
const EVERY: i64 = 3 * SECOND;

#[derive(Debug, Default)]
pub(super) struct Typing {
    told: Option<(RoomId, Timestamp)>,
    until: Sorted<RoomId, Timestamp>,
}

impl Typing {
    pub(super) const fn new() -> Self {
        Self { told: None, until: Sorted::new() }
    }

    /// I type in `room`: what to tell, if it is time.
    pub(super) fn tell(&mut self, room: RoomId, now: Timestamp) -> Option<ClientCommand> {
        if self.told.is_some_and(|(told, at)| told == room && now.micros_since(at) < EVERY) {
            return None;
        }
        self.told = Some((room, now));
        Some(ClientCommand::Typing { room, on: true })
    }

    /// I type no more: what to tell, if anybody thinks that I do.
    pub(super) fn stop(&mut self) -> Option<ClientCommand> {
        self.told.take().map(|(room, _)| ClientCommand::Typing { room, on: false })
    }

    /// Others were said to type in `room`, or nobody any more.
    pub(super) fn hear(&mut self, room: RoomId, is_anyone: bool, now: Timestamp) {
        if is_anyone {
            self.until.insert(room, Timestamp(now.0 + LIFE));
        } else {
            self.until.remove(&room);
        }
    }

    /// When the next note is void.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.until.values().min().copied()
    }

    /// The rooms whose note is void now.
    pub(super) fn take_void(&mut self, now: Timestamp) -> Vec<RoomId> {
        let mut void = Vec::new();
        self.until.retain(|room, until| {
            let is_void = *until <= now;
            if is_void {
                void.push(*room);
            }
            !is_void
        });
        void
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(7);

    #[test]
    fn a_writer_is_announced_every_three_seconds_at_most() {
        let mut typing = Typing::new();
        let told = [0, 1, 2, 3, 4].map(|at| typing.tell(ROOM, Timestamp(at * SECOND)).is_some());
        assert_eq!(told, [true, false, false, true, false]);
        assert!(typing.tell(RoomId(8), Timestamp(4 * SECOND)).is_some(), "another room");
        assert_eq!(typing.stop(), Some(ClientCommand::Typing { room: RoomId(8), on: false }));
        assert_eq!(typing.stop(), None);
    }

    #[test]
    fn a_note_fades_unless_it_is_renewed() {
        let mut typing = Typing::new();
        typing.hear(ROOM, true, Timestamp(0));
        typing.hear(ROOM, true, Timestamp(4 * SECOND));
        assert_eq!(typing.take_void(Timestamp(6 * SECOND)), []);
        assert_eq!(typing.due(), Some(Timestamp(10 * SECOND)));
        assert_eq!(typing.take_void(Timestamp(10 * SECOND)), [ROOM]);
        assert_eq!(typing.due(), None);
    }
}
