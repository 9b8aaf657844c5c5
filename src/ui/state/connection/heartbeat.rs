//! Whether the other side is still there: a question after each silence, and some seconds for any answer.

use super::ladder::Way;
use crate::model::Timestamp;

const SECOND: i64 = 1_000_000;
/// How long the first frame of a connection may take.
const GREETING: i64 = 5 * SECOND;
/// How long an answer may take.
const PATIENCE: i64 = 10 * SECOND;

/// The pulse of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    asked: Timestamp,
    awaiting: bool,
    every: i64,
    patience: i64,
}

/// What to do at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    Calm,
    /// Send something that is answered.
    Ask,
    /// Nothing came for too long: the connection is dead.
    Dead,
}

impl Heartbeat {
    /// Begins with the wait for the first frame.
    pub(super) const fn new(way: Way, now: Timestamp) -> Self {
        let every = match way {
            Way::Socket | Way::Events => 25 * SECOND,
            Way::Polling => 3 * SECOND,
        };
        Self { asked: now, awaiting: true, every, patience: GREETING }
    }

    /// A frame came, whichever.
    pub(super) const fn hear(&mut self) {
        self.awaiting = false;
    }

    /// When `beat` has something to do.
    pub(super) const fn due(&self) -> Timestamp {
        Timestamp(self.asked.0 + if self.awaiting { self.patience } else { self.every })
    }

    pub(super) fn beat(&mut self, now: Timestamp) -> Pulse {
        match (now < self.due(), self.awaiting) {
            (true, _) => Pulse::Calm,
            (false, true) => Pulse::Dead,
            (false, false) => self.ask(now),
        }
    }

    /// Asks at once, unless an answer is awaited already.
    pub(super) fn ask(&mut self, now: Timestamp) -> Pulse {
        if self.awaiting {
            return Pulse::Calm;
        }
        *self = Self { asked: now, awaiting: true, patience: PATIENCE, ..*self };
        Pulse::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * SECOND)
    }

    #[test]
    fn silence_after_a_ping_is_death() {
        let mut heart = Heartbeat::new(Way::Socket, at(0));
        heart.hear();
        assert_eq!(heart.beat(at(24)), Pulse::Calm);
        assert_eq!(heart.beat(at(25)), Pulse::Ask);
        assert_eq!(heart.due(), at(35));
        assert_eq!(heart.beat(at(34)), Pulse::Calm);
        assert_eq!(heart.beat(at(35)), Pulse::Dead);
    }

    #[test]
    fn any_frame_is_an_answer() {
        let mut heart = Heartbeat::new(Way::Socket, at(0));
        heart.hear();
        heart.beat(at(25));
        heart.hear();
        assert_eq!(heart.beat(at(49)), Pulse::Calm);
        assert_eq!(heart.beat(at(50)), Pulse::Ask);
    }

    #[test]
    fn a_server_that_never_greets_is_dead() {
        assert_eq!(Heartbeat::new(Way::Events, at(0)).beat(at(5)), Pulse::Dead);
    }

    #[test]
    fn polling_asks_every_three_seconds() {
        let mut heart = Heartbeat::new(Way::Polling, at(0));
        heart.hear();
        assert_eq!(heart.beat(at(3)), Pulse::Ask);
        assert_eq!(heart.due(), at(13));
    }

    #[test]
    fn one_question_at_a_time() {
        let mut heart = Heartbeat::new(Way::Socket, at(0));
        assert_eq!(heart.ask(at(1)), Pulse::Calm);
        heart.hear();
        assert_eq!(heart.ask(at(2)), Pulse::Ask);
        assert_eq!(heart.due(), at(12));
    }
}
