//! Token buckets: so many at once, and so many per second after that.
//!
//! A bucket is one moment: when it will be full again. So a full bucket holds nothing, and who has one
//! needs no place in memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::error::AppError;

#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) per_second: u32,
    pub(super) burst: u32,
}

impl Rate {
    /// Takes tokens out of the bucket that is full again at `full_at`, and tells its new moment.
    fn take(self, tokens: u32, full_at: Option<Instant>, now: Instant) -> Result<Instant, AppError> {
        let refill = Duration::from_secs(1) / self.per_second;
        let full_at = full_at.map_or(now, |full_at| full_at.max(now)) + refill * tokens;
        match (full_at - now).checked_sub(refill * self.burst) {
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
pub struct Standing {
    /// The tokens of a full bucket.
    pub limit: u32,
    pub remaining: u32,
    /// When it is full again, if nothing is taken.
    pub full_in: Duration,
}

impl Rate {
    fn standing(self, full_at: Option<Instant>, now: Instant) -> Standing {
        let full_in = full_at.map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now));
        let missing = (full_in.as_micros() * u128::from(self.per_second)).div_ceil(1_000_000);
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        Standing { limit: self.burst, remaining: self.burst.saturating_sub(missing), full_in }
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

/// One bucket per key. Keeps those that are not full, and a while longer the others.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    rate: Rate,
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    full_at: HashMap<K, Instant>,
    /// At how many the full ones are dropped.
    crowded: usize,
}

const CROWDED: usize = 1_024;

impl<K: Copy + Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, state: Mutex::new(State { full_at: HashMap::new(), crowded: CROWDED }) }
    }

    /// Takes one token out of the key's bucket.
    pub(super) fn take(&self, key: K, tokens: u32, now: Instant) -> Result<(), AppError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = self.rate.take(tokens, state.full_at.get(&key).copied(), now)?;
        state.full_at.insert(key, full_at);
        if state.full_at.len() >= state.crowded {
            state.full_at.retain(|_, full_at| *full_at > now);
            state.crowded = CROWDED.max(state.full_at.len() * 2);
        }
        Ok(())
    }

    /// How the key's bucket stands.
    pub(super) fn standing(&self, key: K, now: Instant) -> Standing {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.rate.standing(state.full_at.get(&key).copied(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 10, burst: 30 };

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let (buckets, start) = (Buckets::new(RATE), Instant::now());
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
        let (buckets, start) = (Buckets::new(RATE), Instant::now());
        let full = Standing { limit: 30, remaining: 30, full_in: Duration::ZERO };
        assert_eq!(buckets.standing("ana", start), full);
        buckets.take("ana", 20, start).unwrap();
        let standing = buckets.standing("ana", start);
        assert_eq!((standing.remaining, standing.full_in), (10, Duration::from_secs(2)));
        let later = start + Duration::from_millis(1_050);
        assert_eq!(buckets.standing("ana", later).remaining, 20, "half a token is none");
        assert_eq!(buckets.standing("ana", start + Duration::from_secs(2)), full);
    }

    #[test]
    fn memory_follows_who_is_busy_now() {
        let (buckets, start) = (Buckets::new(RATE), Instant::now());
        for user in 0..100_000_u32 {
            buckets.take(user, 1, start + Duration::from_millis(u64::from(user))).unwrap();
        }
        assert!(buckets.state.lock().unwrap().full_at.len() <= CROWDED);
    }
}
