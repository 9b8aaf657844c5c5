//! Whether the other side is still there: a ping every 25 seconds, and 10 seconds for any answer.

use crate::model::Timestamp;

const SECOND: i64 = 1_000_000;
const EVERY: i64 = 25 * SECOND;
const PATIENCE: i64 = 10 * SECOND;

/// The pulse of one connection.
#[derive(Debug)]
pub(super) struct Heartbeat {
    asked: Timestamp,
    awaiting: bool,
}

/// What to do at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    Calm,
    /// Send a ping.
    Ask,
    /// Nothing came for too long: the connection is dead.
    Dead,
}

impl Heartbeat {
    /// Begins with the wait for the first frame.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { asked: now, awaiting: true }
    }

    /// A frame came, whichever.
    pub(super) const fn hear(&mut self) {
        self.awaiting = false;
    }

    /// When `beat` has something to do.
    pub(super) const fn due(&self) -> Timestamp {
        Timestamp(self.asked.0 + if self.awaiting { PATIENCE } else { EVERY })
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
        *self = Self::new(now);
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
        let mut heart = Heartbeat::new(at(0));
        heart.hear();
        assert_eq!(heart.beat(at(24)), Pulse::Calm);
        assert_eq!(heart.beat(at(25)), Pulse::Ask);
        assert_eq!(heart.due(), at(35));
        assert_eq!(heart.beat(at(34)), Pulse::Calm);
        assert_eq!(heart.beat(at(35)), Pulse::Dead);
    }

    #[test]
    fn any_frame_is_an_answer() {
        let mut heart = Heartbeat::new(at(0));
        heart.hear();
        heart.beat(at(25));
        heart.hear();
        assert_eq!(heart.beat(at(49)), Pulse::Calm);
        assert_eq!(heart.beat(at(50)), Pulse::Ask);
    }

    #[test]
    fn a_server_that_never_greets_is_dead() {
        assert_eq!(Heartbeat::new(at(0)).beat(at(10)), Pulse::Dead);
    }

    #[test]
    fn one_question_at_a_time() {
        let mut heart = Heartbeat::new(at(0));
        assert_eq!(heart.ask(at(1)), Pulse::Calm);
        heart.hear();
        assert_eq!(heart.ask(at(2)), Pulse::Ask);
        assert_eq!(heart.due(), at(12));
    }
}
