//! How long a peer may hold up one direction of its connection.
//!
//! A peer has up to `full` of waiting. Waiting uses it up; bytes that move, and time without waiting, give it back. So a
//! peer that does nothing is cut after `full`, and one that moves a few bytes now and then is cut a little later. The
//! timer is made when something first waits, and a connection that never waits reads no clock.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// The least rate that keeps a waiting connection alive, in bytes per second.
pub(super) const MIN_RATE: u32 = 1_024;

#[derive(Debug)]
pub(super) struct Patience {
    full: Duration,
    state: State,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// It has never waited.
    Fresh,
    /// It waits, and is cut at `deadline`.
    Waiting { since: Instant, deadline: Instant },
    /// It has waited, and had `left` at `since`.
    Moving { left: Duration, since: Instant },
}

impl Patience {
    pub(super) fn new(full: Duration) -> Self {
        Self { full, state: State::Fresh, timer: None }
    }

    /// Notes that the peer holds up the operation. Ready once it has done so for too long.
    pub(super) fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let was_waiting = matches!(self.state, State::Waiting { .. });
        let deadline = self.wait(Instant::now);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if !was_waiting {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context)
    }

    /// Notes that the operation went on, by so many bytes. Returns how long the peer had held it up, if it had.
    pub(super) fn moved(&mut self, bytes: usize) -> Option<Duration> {
        self.go_on(bytes, Instant::now)
    }

    /// The moment at which a peer is cut that does nothing from now on.
    fn wait(&mut self, now: impl FnOnce() -> Instant) -> Instant {
        let (left, since) = match self.state {
            State::Waiting { deadline, .. } => return deadline,
            State::Fresh => (self.full, now()),
            State::Moving { left, since } => {
                let now = now();
                ((left + (now - since)).min(self.full), now)
            }
        };
        let deadline = since + left;
        self.state = State::Waiting { since, deadline };
        deadline
    }

    fn go_on(&mut self, bytes: usize, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let State::Waiting { since, deadline } = self.state else { return None };
        let now = now();
        let gained = Duration::from_secs(bytes as u64) / MIN_RATE;
        let left = (deadline.saturating_duration_since(now) + gained).min(self.full);
        self.state = State::Moving { left, since: now };
        Some(now - since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Duration = Duration::from_secs(10);

    /// Waits `round` after `round`, each ended by `bytes` and followed by `pause`; returns how many the peer survives.
    fn rounds(round: Duration, bytes: usize, pause: Duration) -> usize {
        let (mut patience, mut now) = (Patience::new(FULL), Instant::now());
        let mut survived = 0;
        while survived < 1_000 {
            let deadline = patience.wait(|| now);
            now += round;
            if now >= deadline {
                break;
            }
            assert_eq!(patience.go_on(bytes, || now), Some(round));
            now += pause;
            survived += 1;
        }
        survived
    }

    #[test]
    fn a_peer_that_does_nothing_is_cut() {
        let (mut patience, now) = (Patience::new(FULL), Instant::now());
        assert_eq!(patience.wait(|| now), now + FULL);
        assert_eq!(patience.wait(|| now + FULL), now + FULL, "asking again changes nothing");
        assert_eq!(rounds(FULL, 1, Duration::ZERO), 0);
    }

    #[test]
    fn a_few_bytes_now_and_then_hold_no_place_for_ever() {
        for (round, bytes) in [(1, 100), (1, 1_000), (9, 8_000)] {
            let survived = rounds(Duration::from_secs(round), bytes, Duration::ZERO);
            assert!((1..500).contains(&survived), "{bytes} bytes every {round} s: {survived}");
        }
    }

    #[test]
    fn who_keeps_the_rate_is_never_cut() {
        for round in [1, 5, 9] {
            assert_eq!(rounds(Duration::from_secs(round), 1_024 * 9, Duration::ZERO), 1_000);
        }
    }

    #[test]
    fn time_without_waiting_gives_everything_back() {
        assert_eq!(rounds(Duration::from_secs(9), 1, FULL), 1_000);
        assert_eq!(Patience::new(FULL).moved(1), None, "it has never waited");
    }
}
