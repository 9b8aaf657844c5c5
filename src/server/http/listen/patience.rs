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
        let deadline = match self.state {
            State::Waiting { deadline, .. } => deadline,
            State::Fresh => self.begin(self.full),
            State::Moving { left, since } => self.begin((left + since.elapsed()).min(self.full)),
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer.as_mut().poll(context)
    }

    /// Notes that the operation went on, by so many bytes. Returns how long the peer had held it up, if it had.
    pub(super) fn moved(&mut self, bytes: usize) -> Option<Duration> {
        let State::Waiting { since, deadline } = self.state else { return None };
        let now = Instant::now();
        let gained = Duration::from_secs(bytes as u64) / MIN_RATE;
        let left = (deadline.saturating_duration_since(now) + gained).min(self.full);
        self.state = State::Moving { left, since: now };
        Some(now - since)
    }

    fn begin(&mut self, left: Duration) -> Instant {
        let since = Instant::now();
        let deadline = since + left;
        self.state = State::Waiting { since, deadline };
        if let Some(timer) = &mut self.timer {
            timer.as_mut().reset(deadline);
        }
        deadline
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const FULL: Duration = Duration::from_secs(10);

    /// Lets the peer wait this long; false if it is cut meanwhile.
    async fn waits(patience: &mut Patience, time: Duration) -> bool {
        let cut = poll_fn(|context| patience.poll_wait(context));
        tokio::time::timeout(time, cut).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_nothing_is_cut() {
        let mut patience = Patience::new(FULL);
        assert!(waits(&mut patience, Duration::from_millis(9_900)).await);
        assert!(!waits(&mut patience, Duration::from_millis(200)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_bytes_now_and_then_hold_no_place_for_ever() {
        let mut patience = Patience::new(FULL);
        let mut rounds = 0;
        while waits(&mut patience, Duration::from_secs(5)).await {
            patience.moved(100);
            rounds += 1;
            assert!(rounds < 10);
        }
        assert!(rounds > 1, "the first bytes are not too late");
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_the_rate_is_never_cut() {
        let mut patience = Patience::new(FULL);
        for _ in 0..1_000 {
            assert!(waits(&mut patience, Duration::from_secs(8)).await);
            assert!(patience.moved(8 * 1_024).is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_without_waiting_gives_everything_back() {
        let mut patience = Patience::new(FULL);
        assert_eq!(patience.moved(1), None, "it has never waited");
        for _ in 0..10 {
            assert!(waits(&mut patience, Duration::from_secs(9)).await);
            patience.moved(1);
            tokio::time::advance(FULL).await;
        }
    }
}
