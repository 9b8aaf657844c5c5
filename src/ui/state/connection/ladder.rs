//! Which way leads to the server, and when it is tried next.
//!
//! WebSocket → SSE + POST → polling. A step down is made only if the server is in reach otherwise, so that
//! a server that is away for a while does not leave its readers on a lesser way.

use std::time::Duration;

use super::backoff::Backoff;
use crate::model::Timestamp;

/// How frames come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    #[default]
    Socket,
    /// Server-sent events, and posts.
    Events,
    /// Posts, again and again.
    Polling,
}

/// So many sockets in a row may fail before something else is thought of.
const FAILURES: u32 = 2;
/// While on a lesser way, the socket is tried again after so long.
const RETRY: i64 = 5 * 60 * 1_000_000;

/// The ways, and the one that is taken.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    way: Way,
    /// Sockets in a row that were never greeted.
    failures: u32,
    /// What worked before the socket was tried again.
    proven: Option<Way>,
    /// When the socket is tried again.
    retry_at: Option<Timestamp>,
    backoff: Backoff,
}

/// What is told of a connection that is over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life {
    /// It was greeted; on polling, answered.
    pub(super) worked: bool,
    /// Neither a greeting came nor an end.
    pub(super) silent: bool,
    pub(super) lived: Duration,
    /// The server's own word about when to come back.
    pub(super) retry_after_ms: Option<u64>,
}

/// What comes after a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Now,
    After(Duration),
    /// It depends on whether the server is in reach: ask it, and call `asked`.
    Ask,
}

impl Ladder {
    pub(super) const fn way(&self) -> Way {
        self.way
    }

    /// When the connection is to be given up for a try of the socket.
    pub(super) const fn retry_at(&self) -> Option<Timestamp> {
        self.retry_at
    }

    pub(super) fn retry_socket(&mut self) {
        self.proven = Some(self.way);
        self.way = Way::Socket;
        self.retry_at = None;
    }

    /// A connection is over. `chance` is from 0 to below 1.
    pub(super) fn after(&mut self, life: Life, now: Timestamp, chance: f64) -> Next {
        if life.worked {
            self.failures = 0;
            if self.way == Way::Socket {
                self.proven = None;
            }
            return self.pause(life, chance);
        }
        if self.way == Way::Socket {
            if let Some(proven) = self.proven.take() {
                self.step_to(proven, now);
                return Next::Now;
            }
            self.failures += 1;
            if self.failures < FAILURES && !life.silent {
                return self.pause(life, chance);
            }
        }
        Next::Ask
    }

    /// The answer to `Next::Ask`.
    pub(super) fn asked(&mut self, is_in_reach: bool, now: Timestamp, chance: f64) -> Next {
        self.failures = 0;
        let lower = match self.way {
            Way::Socket => Some(Way::Events),
            Way::Events => Some(Way::Polling),
            Way::Polling => None,
        };
        if let Some(lower) = lower.filter(|_| is_in_reach) {
            self.step_to(lower, now);
            return Next::Now;
        }
        self.way = Way::Socket;
        self.retry_at = None;
        self.pause(Life::default(), chance)
    }

    fn step_to(&mut self, way: Way, now: Timestamp) {
        self.way = way;
        self.retry_at = Some(Timestamp(now.0 + RETRY));
    }

    fn pause(&mut self, life: Life, chance: f64) -> Next {
        let pause = self.backoff.pause(life.lived, chance);
        Next::After(life.retry_after_ms.map_or(pause, Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);
    const FAILED: Life = Life { worked: false, silent: false, lived: Duration::ZERO, retry_after_ms: None };
    const SILENT: Life = Life { silent: true, ..FAILED };
    const WORKED: Life = Life { worked: true, ..FAILED };
    const HALF_A_SECOND: Next = Next::After(Duration::from_millis(500));

    fn after(ladder: &mut Ladder, life: Life) -> Next {
        ladder.after(life, NOW, 0.0)
    }

    #[test]
    fn two_failed_sockets_lead_down_if_the_server_is_in_reach() {
        let mut ladder = Ladder::default();
        assert_eq!(after(&mut ladder, FAILED), HALF_A_SECOND);
        assert_eq!(after(&mut ladder, FAILED), Next::Ask);
        assert_eq!(ladder.asked(true, NOW, 0.0), Next::Now);
        assert_eq!(ladder.way(), Way::Events);
        assert_eq!(after(&mut ladder, SILENT), Next::Ask);
        assert_eq!(ladder.asked(true, NOW, 0.0), Next::Now);
        assert_eq!(ladder.way(), Way::Polling);
        assert_eq!(after(&mut ladder, FAILED), Next::Ask);
        assert_eq!(ladder.asked(true, NOW, 0.0), HALF_A_SECOND);
        assert_eq!(ladder.way(), Way::Socket);
    }

    #[test]
    fn one_silent_socket_is_enough() {
        let mut ladder = Ladder::default();
        assert_eq!(after(&mut ladder, SILENT), Next::Ask);
    }

    #[test]
    fn a_server_that_is_away_leads_nobody_down() {
        let mut ladder = Ladder::default();
        for _ in 0..9 {
            let next = after(&mut ladder, FAILED);
            if next == Next::Ask {
                assert!(matches!(ladder.asked(false, NOW, 0.0), Next::After(_)));
            }
            assert_eq!(ladder.way(), Way::Socket);
        }
    }

    #[test]
    fn what_worked_is_taken_again() {
        let mut ladder = Ladder { way: Way::Events, ..Ladder::default() };
        assert!(matches!(after(&mut ladder, WORKED), Next::After(_)));
        assert_eq!(ladder.way(), Way::Events);
    }

    #[test]
    fn from_a_lesser_way_the_socket_is_tried_again_and_again() {
        let mut ladder = Ladder { way: Way::Events, ..Ladder::default() };
        ladder.retry_socket();
        assert_eq!((ladder.way(), ladder.retry_at()), (Way::Socket, None));
        assert_eq!(after(&mut ladder, FAILED), Next::Now);
        assert_eq!((ladder.way(), ladder.retry_at()), (Way::Events, Some(Timestamp(RETRY))));
        ladder.retry_socket();
        after(&mut ladder, WORKED);
        assert!(matches!(after(&mut ladder, FAILED), Next::After(_)));
        assert_eq!((ladder.way(), ladder.retry_at()), (Way::Socket, None));
    }

    #[test]
    fn the_server_says_when_to_come_back() {
        let mut ladder = Ladder::default();
        let told = Life { retry_after_ms: Some(7_300), ..WORKED };
        assert_eq!(after(&mut ladder, told), Next::After(Duration::from_millis(7_300)));
    }
}
