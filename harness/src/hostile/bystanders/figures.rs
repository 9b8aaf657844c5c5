//! How long each thing took that bystanders did, and what failed.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Result, anyhow};
use tokio::time::{Instant, timeout};

use crate::stage::Histogram;

/// A slow answer is no failure until then; it counts with the time that it took.
const PATIENCE: Duration = Duration::from_secs(10);

/// What bystanders do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A `ping` over the live connection, until its `pong`.
    Ping,
    /// A message over the live connection, until its `delivery`.
    Message,
    /// The page of a room, over a new connection.
    Page,
    /// The right password, over a new connection.
    SignIn,
    /// `/health`, over a new connection.
    Health,
}

impl Deed {
    pub const ALL: [Self; 5] = [Self::Ping, Self::Message, Self::Page, Self::SignIn, Self::Health];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Message => "message",
            Self::Page => "page",
            Self::SignIn => "sign-in",
            Self::Health => "health",
        }
    }

    /// The p99 in milliseconds that is always allowed: three times quiet is less than a person notices, and
    /// less than what a second program on the same two cores costs.
    fn floor(self) -> f64 {
        match self {
            Self::Ping => 60.0,
            Self::Message => 120.0,
            Self::Page => 250.0,
            // The queue of its own answers within 2 s.
            Self::SignIn => 1_000.0,
            Self::Health => 500.0,
        }
    }

    /// The p99 in milliseconds that is allowed beside an attack.
    pub fn allowed(self, quiet: &Figures) -> f64 {
        (3.0 * quiet.p99(self)).max(self.floor())
    }
}

#[derive(Debug, Default)]
pub struct Figures {
    each: [Measure; Deed::ALL.len()],
}

#[derive(Debug, Default)]
struct Measure {
    times: Histogram,
    longest_micros: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    first_failure: Mutex<Option<String>>,
}

impl Figures {
    /// Does something, and notes how long it took, also if it failed. False if it failed.
    pub(super) async fn time(&self, deed: Deed, doing: impl Future<Output = Result<()>>) -> bool {
        let began = Instant::now();
        let outcome = timeout(PATIENCE, doing).await;
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("no answer in {PATIENCE:?}")));
        let measure = &self.each[deed as usize];
        measure.times.record(began.elapsed());
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        measure.longest_micros.fetch_max(micros, Relaxed);
        measure.done.fetch_add(1, Relaxed);
        let Err(error) = outcome else { return true };
        measure.failed.fetch_add(1, Relaxed);
        let mut first = measure.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("{error:#}"));
        false
    }

    /// In milliseconds; 0 if it was never done.
    pub fn p99(&self, deed: Deed) -> f64 {
        self.each[deed as usize].times.percentile(0.99).unwrap_or(0.0)
    }

    /// In milliseconds.
    fn longest(&self, deed: Deed) -> f64 {
        self.each[deed as usize].longest_micros.load(Relaxed) as f64 / 1_000.0
    }

    fn done(&self, deed: Deed) -> u64 {
        self.each[deed as usize].done.load(Relaxed)
    }

    /// For each deed that failed: how often, and why the first time.
    pub fn failures(&self) -> Vec<String> {
        let of = |deed: Deed| {
            let measure = &self.each[deed as usize];
            let failed = measure.failed.load(Relaxed);
            let first = measure.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
            Some(format!("{}: {failed} of {} failed, first: {first}", deed.name(), self.done(deed)))
        };
        Deed::ALL.into_iter().filter_map(of).collect()
    }

    /// For each deed that took longer than it may beside an attack.
    pub fn too_slow(&self, quiet: &Self) -> Vec<String> {
        let late = Deed::ALL.into_iter().filter(|deed| self.p99(*deed) > deed.allowed(quiet));
        late.map(|deed| {
            format!(
                "{}: p99 {:.0} ms, {:.0} allowed, {:.0} the longest of {}",
                deed.name(),
                self.p99(deed),
                deed.allowed(quiet),
                self.longest(deed),
                self.done(deed)
            )
        })
        .collect()
    }
}
