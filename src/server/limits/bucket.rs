//! Token buckets: a burst at once, and a steady rate after that.
//!
//! A bucket is one moment: when it will be full again. So a full bucket holds nothing, and its owner
//! needs no place in memory.

use std::{
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::capped::{Capped, REMEMBERED, Size};
use crate::error::AppError;

#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// How long one token takes to come back.
    refill: Duration,
    burst: u32,
}

impl Rate {
    pub(super) fn per_second(tokens: u32, burst: u32) -> Self {
        Self { refill: Duration::from_secs(1) / tokens, burst }
    }

    pub(super) fn per_hour(tokens: u32, burst: u32) -> Self {
        Self { refill: Duration::from_secs(60 * 60) / tokens, burst }
    }

    /// Takes tokens out of the bucket that is full again at `full_at`, and tells its new moment.
    fn take(self, tokens: u32, full_at: Option<Instant>, now: Instant) -> Result<Instant, AppError> {
        let full_at = full_at.map_or(now, |full_at| full_at.max(now)) + self.refill * tokens;
        match (full_at - now).checked_sub(self.refill * self.burst) {
            None | Some(Duration::ZERO) => Ok(full_at),
            Some(wait) => {
                let retry_after_ms = u64::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
                Err(AppError::RateLimited { retry_after_ms })
            }
        }
    }
}

/// How full a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The tokens of a full bucket.
    pub limit: u32,
    pub remaining: u32,
    /// When it is full again, if nothing is taken.
    pub full_in: Duration,
}

impl Rate {
    fn balance(self, full_at: Option<Instant>, now: Instant) -> Balance {
        let full_in = full_at.map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now));
        let missing = full_in.as_nanos().div_ceil(self.refill.as_nanos().max(1));
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        Balance { limit: self.burst, remaining: self.burst.saturating_sub(missing), full_in }
    }
}

/// A bucket of one owner.
#[derive(Debug)]
pub(super) struct Bucket {
    /// None if it never runs dry.
    rate: Option<Rate>,
    full_at: Option<Instant>,
}

impl Bucket {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate, full_at: None }
    }

    /// Takes so many tokens.
    ///
    /// # Errors
    /// `RateLimited` if there are fewer.
    pub(super) fn take(&mut self, tokens: u32) -> Result<(), AppError> {
        if let Some(rate) = self.rate {
            self.full_at = Some(rate.take(tokens, self.full_at, Instant::now())?);
        }
        Ok(())
    }
}

/// One bucket per key, for at most `REMEMBERED` keys: the key that was used longest ago gets a full bucket again.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    rate: Rate,
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    full_at: Capped<K, Instant>,
    /// At how many the full ones are dropped.
    crowded: usize,
}

const CROWDED: usize = 1_024;

impl<K: Copy + Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, state: Mutex::new(State { full_at: Capped::new(REMEMBERED), crowded: CROWDED }) }
    }

    /// Takes tokens out of the key's bucket.
    pub(super) fn take(&self, key: K, tokens: u32, now: Instant) -> Result<(), AppError> {
        let mut state = self.lock();
        let full_at = self.rate.take(tokens, state.full_at.get(&key).copied(), now)?;
        *state.full_at.entry(key, || full_at) = full_at;
        if state.full_at.size("").entries >= state.crowded {
            state.full_at.retain(|full_at| *full_at > now);
            state.crowded = CROWDED.max(state.full_at.size("").entries * 2);
        }
        Ok(())
    }

    /// Puts a token back that was taken for nothing.
    pub(super) fn give_back(&self, key: K) {
        if let Some(full_at) = self.lock().full_at.get_mut(&key)
            && let Some(earlier) = full_at.checked_sub(self.rate.refill)
        {
            *full_at = earlier;
        }
    }

    /// How the key's bucket stands.
    pub(super) fn balance(&self, key: K, now: Instant) -> Balance {
        self.rate.balance(self.lock().full_at.get(&key).copied(), now)
    }

    pub(super) fn size(&self, name: &'static str) -> Size {
        self.lock().full_at.size(name)
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> (Buckets<&'static str>, Instant) {
        (Buckets::new(Rate::per_second(10, 30)), Instant::now())
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let (buckets, start) = buckets();
        for _ in 0..30 {
            buckets.take("ana", 1, start).unwrap();
        }
        assert_eq!(buckets.take("ana", 1, start), Err(AppError::RateLimited { retry_after_ms: 100 }));
        assert_eq!(buckets.take("bob", 1, start), Ok(()), "each has their own");
        let later = start + Duration::from_millis(100);
        assert_eq!(buckets.take("ana", 1, later), Ok(()));
        assert!(buckets.take("ana", 1, later).is_err(), "a refusal costs nothing and gives nothing");
        let much_later = start + Duration::from_secs(3_600);
        let passed = (0..100).take_while(|_| buckets.take("ana", 1, much_later).is_ok()).count();
        assert_eq!(passed, 30, "an hour of silence saves up no more than a burst");
    }

    #[test]
    fn a_standing_tells_what_is_left_and_when_all_is_back() {
        let (buckets, start) = buckets();
        let full = Balance { limit: 30, remaining: 30, full_in: Duration::ZERO };
        assert_eq!(buckets.balance("ana", start), full);
        buckets.take("ana", 20, start).unwrap();
        let balance = buckets.balance("ana", start);
        assert_eq!((balance.remaining, balance.full_in), (10, Duration::from_secs(2)));
        let later = start + Duration::from_millis(1_050);
        assert_eq!(buckets.balance("ana", later).remaining, 20, "half a token is none");
        assert_eq!(buckets.balance("ana", start + Duration::from_secs(2)), full);
    }

    #[test]
    fn what_was_taken_for_nothing_comes_back() {
        let buckets = Buckets::new(Rate::per_hour(20, 1));
        let start = Instant::now();
        buckets.take("ana", 1, start).unwrap();
        assert!(buckets.take("ana", 1, start).is_err());
        buckets.give_back("ana");
        assert_eq!(buckets.take("ana", 1, start), Ok(()));
        assert!(buckets.take("ana", 1, start + Duration::from_secs(179)).is_err());
        assert_eq!(buckets.take("ana", 1, start + Duration::from_secs(180)), Ok(()), "twenty in an hour");
    }

    #[test]
    fn memory_follows_who_is_busy_now() {
        let (buckets, start) = (Buckets::new(Rate::per_second(10, 30)), Instant::now());
        for user in 0..100_000_u32 {
            buckets.take(user, 1, start + Duration::from_millis(u64::from(user))).unwrap();
        }
        assert!(buckets.size("test").entries <= CROWDED);
    }
}
