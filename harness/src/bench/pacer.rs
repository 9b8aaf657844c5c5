//! Sends on a schedule, however the server fares: an open loop.
//!
//! It is a thread of its own, since the timers of tokio are a millisecond coarse.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{machine, seat::Seat};
use crate::socket::Writer;

/// Above a thousand messages per second, what is due within this time leaves together.
const TICK: Duration = Duration::from_millis(1);
/// How long what the server did not take waits at the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those who speak, in turn.
#[derive(Debug)]
pub(super) struct Pacer {
    pub senders: Vec<(Seat, Writer)>,
    /// Messages per second.
    pub rate: f64,
    pub messages: u64,
}

impl Pacer {
    /// Sends all messages; blocks its thread for as long as the schedule takes.
    pub(super) fn run(self) {
        let begin = Instant::now() + TICK;
        let offset = machine::micros() + 1_000;
        let due = |message: u64| Duration::from_secs_f64(message as f64 / self.rate);
        let mut frames = Vec::new();
        let (mut next, mut turn) = (0, 0);
        while next < self.messages {
            let wake = begin + due(next);
            thread::sleep(wake.saturating_duration_since(Instant::now()));
            let elapsed = begin.elapsed().as_secs_f64();
            let until = ((elapsed * self.rate) as u64 + 1).clamp(next + 1, self.messages);
            // What is due at once is spread over all senders, each with one write.
            let share = (until - next).div_ceil(self.senders.len() as u64);
            while next < until {
                let (seat, writer) = &self.senders[turn];
                turn = (turn + 1) % self.senders.len();
                frames.clear();
                for message in next..until.min(next + share) {
                    let at = u64::try_from(due(message).as_micros()).unwrap_or(u64::MAX);
                    seat.compose(&mut frames, offset + at);
                }
                next = until.min(next + share);
                // A connection that ended shows in what the others get.
                writer.push(&frames).ok();
            }
            if self.rate > 1_000.0 {
                thread::sleep(TICK);
            }
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && self.senders.iter().any(|(_, writer)| waits(writer)) {
            thread::sleep(TICK);
        }
    }
}

fn waits(writer: &Writer) -> bool {
    writer.push(&[]).is_ok_and(|waiting| waiting > 0)
}
