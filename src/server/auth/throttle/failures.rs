//! Failures by key, and the waits that follow from them.
//!
//! An attempt first reserves a place under each of its keys, and settles them when it is known how it ended. Places that
//! are reserved count as failures would, so guesses made at once never pass as one; what was right, or was not checked,
//! leaves no trace.

use std::{
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::server::limits::{Capped, REMEMBERED, Size};

/// Failures are forgotten this long after the last one, or after the wait that it brought.
const WINDOW: Duration = Duration::from_secs(15 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// A key, and how many failures it allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule<K> {
    pub(super) key: K,
    pub(super) allowed: u32,
    /// Whether each further failure doubles the wait, up to a quarter of an hour.
    pub(super) doubles: bool,
    /// The limit's name in the table.
    pub(super) limit: &'static str,
}

/// Why an attempt cannot be made now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal<K> {
    /// Too many attempts that are under way might still fail.
    Busy,
    Blocked {
        by: Rule<K>,
        wait: Duration,
    },
}

#[derive(Debug, Default)]
struct Entry {
    failures: u32,
    /// Attempts that are under way.
    pending: u32,
    /// When the failures are forgotten, and until when no attempt is made.
    forgotten_at: Option<Instant>,
    blocked_until: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Failures<K>(Mutex<Capped<K, Entry>>);

impl<K: Copy + Eq + Hash> Failures<K> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Capped::new(REMEMBERED)))
    }

    /// Reserves a place under each key, or under none.
    pub(super) fn reserve(&self, rules: &[Rule<K>], now: Instant) -> Result<(), Refusal<K>> {
        let mut entries = self.lock();
        let mut is_busy = false;
        let mut blocked: Option<(Rule<K>, Duration)> = None;
        for rule in rules {
            let Some(entry) = entries.get_mut(&rule.key) else { continue };
            entry.forget(now);
            if let Some(wait) = entry.wait(now) {
                blocked = blocked.filter(|(_, longest)| *longest >= wait).or(Some((*rule, wait)));
            }
            // After a wait one attempt is made at a time.
            is_busy |= entry.pending >= rule.allowed.saturating_sub(entry.failures).max(1);
        }
        if let Some((by, wait)) = blocked {
            return Err(Refusal::Blocked { by, wait });
        }
        if is_busy {
            return Err(Refusal::Busy);
        }
        for rule in rules {
            entries.entry(rule.key, Entry::default).pending += 1;
        }
        Ok(())
    }

    /// Gives the places back; a failure counts under each key.
    pub(super) fn settle(&self, rules: &[Rule<K>], failed: bool, now: Instant) {
        let mut entries = self.lock();
        for rule in rules {
            let entry = entries.entry(rule.key, Entry::default);
            entry.pending = entry.pending.saturating_sub(1);
            if failed {
                entry.fail(rule, now);
            } else if entry.pending == 0 && entry.failures == 0 {
                entries.remove(&rule.key);
            }
        }
    }

    /// Forgets the failures of a key.
    pub(super) fn forgive(&self, key: &K) {
        if let Some(entry) = self.lock().get_mut(key) {
            *entry = Entry { pending: entry.pending, ..Entry::default() };
        }
    }

    pub(super) fn size(&self, name: &'static str) -> Size {
        self.lock().size(name)
    }

    fn lock(&self) -> MutexGuard<'_, Capped<K, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn wait(&self, now: Instant) -> Option<Duration> {
        self.blocked_until?.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    fn forget(&mut self, now: Instant) {
        if self.forgotten_at.is_some_and(|at| at <= now) {
            *self = Self { pending: self.pending, ..Self::default() };
        }
    }

    fn fail<K>(&mut self, rule: &Rule<K>, now: Instant) {
        self.forget(now);
        self.failures = self.failures.saturating_add(1);
        self.forgotten_at = Some(now + WINDOW);
        if let Some(over) = self.failures.checked_sub(rule.allowed) {
            let doublings = if rule.doubles { over.min(5) } else { 0 };
            let until = now + (FIRST_WAIT * (1 << doublings)).min(WINDOW);
            self.blocked_until = Some(until);
            self.forgotten_at = Some(until + WINDOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOUBLING: Rule<u32> = Rule { key: 1, allowed: 10, doubles: true, limit: "test" };
    const STEADY: Rule<u32> = Rule { key: 2, doubles: false, ..DOUBLING };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// How long an attempt has to wait.
    fn wait(failures: &Failures<u32>, rule: Rule<u32>, now: Instant) -> Duration {
        match failures.reserve(&[rule], now) {
            Ok(()) => {
                failures.settle(&[rule], false, now);
                Duration::ZERO
            }
            Err(Refusal::Blocked { wait, .. }) => wait,
            Err(Refusal::Busy) => panic!("busy"),
        }
    }

    fn fail(failures: &Failures<u32>, rule: Rule<u32>, now: Instant) {
        failures.reserve(&[rule], now).unwrap();
        failures.settle(&[rule], true, now);
    }

    #[test]
    fn after_ten_failures_each_wait_is_twice_the_last_up_to_a_quarter_of_an_hour() {
        for (rule, waits) in
            [(DOUBLING, [30, 60, 120, 240, 480, 900, 900]), (STEADY, [30, 30, 30, 30, 30, 30, 30])]
        {
            let (failures, mut now) = (Failures::new(), Instant::now());
            for _ in 0..10 {
                assert_eq!(wait(&failures, rule, now), Duration::ZERO);
                fail(&failures, rule, now);
            }
            for expected in waits {
                assert_eq!(wait(&failures, rule, now), seconds(expected));
                now += seconds(expected);
                fail(&failures, rule, now);
            }
        }
    }

    #[test]
    fn a_quarter_of_an_hour_without_failures_forgets_them() {
        let (failures, start) = (Failures::new(), Instant::now());
        for n in 0..9 {
            fail(&failures, DOUBLING, start + seconds(n));
        }
        fail(&failures, DOUBLING, start + seconds(8 + 900));
        assert_eq!(wait(&failures, DOUBLING, start + seconds(8 + 900)), Duration::ZERO);
    }

    #[test]
    fn guesses_made_at_once_count_each_and_right_ones_not_at_all() {
        let (failures, now) = (Failures::new(), Instant::now());
        for _ in 0..10 {
            failures.reserve(&[DOUBLING], now).unwrap();
        }
        assert!(matches!(failures.reserve(&[DOUBLING], now), Err(Refusal::Busy)));
        failures.settle(&[DOUBLING], false, now);
        failures.reserve(&[DOUBLING], now).unwrap();
        for _ in 0..10 {
            failures.settle(&[DOUBLING], true, now);
        }
        assert!(matches!(failures.reserve(&[DOUBLING], now), Err(Refusal::Blocked { .. })));
        // After the wait one at a time.
        let later = now + seconds(30);
        failures.reserve(&[DOUBLING], later).unwrap();
        assert!(matches!(failures.reserve(&[DOUBLING], later), Err(Refusal::Busy)));
    }

    #[test]
    fn what_one_key_refuses_is_reserved_under_no_other() {
        let (failures, now) = (Failures::new(), Instant::now());
        for _ in 0..10 {
            fail(&failures, STEADY, now);
        }
        for _ in 0..20 {
            let refused = failures.reserve(&[DOUBLING, STEADY], now);
            assert!(matches!(refused, Err(Refusal::Blocked { by, .. }) if by.key == STEADY.key));
        }
        assert_eq!(wait(&failures, DOUBLING, now), Duration::ZERO);
    }
}
