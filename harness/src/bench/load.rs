//! One load: a crowd listens, some of it speaks on a schedule, and what it cost is counted.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use anyhow::Result;
use tokio::time::{Instant, sleep};

use super::{crowd::Crowd, pacer::Pacer, seat::Seat};
use crate::stage::Process;

const POLL: Duration = Duration::from_millis(20);
/// Without a delivery for so long, the rest is lost.
const SILENCE: Duration = Duration::from_secs(1);
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// Who is there, who speaks, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load<'a> {
    pub seats: &'a [Seat],
    /// Everyone in a room gets each of its messages.
    pub members: usize,
    /// How many speak, evenly spread over the seats, in turn.
    pub senders: usize,
    /// Messages per second in all rooms.
    pub rate: f64,
    pub seconds: f64,
}

#[derive(Debug)]
pub(super) struct Outcome {
    /// Deliveries that should have been.
    pub expected: u64,
    pub deliveries: u64,
    /// The server's processor time.
    pub cpu: Duration,
    /// From the first message's moment to the last delivery.
    pub took: Duration,
    /// In milliseconds.
    pub p50: f64,
    pub p99: f64,
    pub errors: u64,
    pub closed: u64,
}

impl Outcome {
    pub(super) fn cpu_micros_per_delivery(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries.max(1) as f64
    }

    pub(super) fn is_complete(&self) -> bool {
        self.deliveries == self.expected && self.closed == 0 && self.errors == 0
    }
}

impl Load<'_> {
    pub(super) async fn run(self, server: &Process) -> Result<Outcome> {
        let crowd = Crowd::enter(self.seats).await?;
        be_quiet(server).await?;
        let messages = (self.rate * self.seconds) as u64;
        let expected = messages * self.members as u64;
        let senders = self.turns().map(|at| (self.seats[at].clone(), crowd.writers[at].clone())).collect();
        let pacer = Pacer { senders, rate: self.rate, messages };
        let (before, begin) = (server.cpu()?, Instant::now());
        let speaking = std::thread::spawn(|| pacer.run());
        let (mut deliveries, mut last) = (0, begin);
        let schedule = begin + Duration::from_secs_f64(self.seconds);
        while deliveries < expected && Instant::now() < last.max(schedule) + SILENCE {
            sleep(POLL).await;
            let now = crowd.tally.deliveries();
            if now > deliveries {
                (deliveries, last) = (now, Instant::now());
            }
        }
        let cpu = server.cpu()?.saturating_sub(before);
        let closed = crowd.tally.closed.load(Relaxed);
        tokio::task::spawn_blocking(|| speaking.join()).await?.expect("the pacer does not panic");
        Ok(Outcome {
            expected,
            deliveries,
            cpu,
            took: last - begin,
            p50: crowd.tally.latency.percentile(0.50).unwrap_or(f64::NAN),
            p99: crowd.tally.latency.percentile(0.99).unwrap_or(f64::NAN),
            errors: crowd.tally.errors.load(Relaxed),
            closed,
        })
    }

    /// Room after room, and in each room another member each time.
    fn turns(&self) -> impl Iterator<Item = usize> {
        let (members, rooms) = (self.members, self.seats.len() / self.members);
        let step = self.seats.len() / self.senders;
        (0..self.senders).map(move |turn| {
            if rooms == 1 { turn * step } else { (turn % rooms) * members + (turn / rooms) % members }
        })
    }
}

/// Waits until the server has nothing to do.
pub(super) async fn be_quiet(server: &Process) -> Result<()> {
    let deadline = Instant::now() + QUIET_WITHIN;
    let mut before = server.cpu()?;
    loop {
        sleep(POLL * 10).await;
        let now = server.cpu()?;
        if now.saturating_sub(before) < Duration::from_millis(4) || Instant::now() > deadline {
            return Ok(());
        }
        before = now;
    }
}
