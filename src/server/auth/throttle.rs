//! Failed attempts, counted per account and per address.
//!
//! After the allowed number each further failure doubles the wait, up to a quarter of an hour. An
//! attempt counts from its beginning; a success takes it back. Kept in memory: a restart forgives.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache;

use crate::{
    error::AppError,
    model::{RoomId, UserId},
    server::limits::{LimitTable, network},
};

const WINDOW: Duration = Duration::from_secs(15 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// How many accounts and addresses are remembered at once.
const REMEMBERED: u64 = 100_000;

#[derive(Debug)]
pub struct Throttle {
    failures: Cache<Key, Arc<Mutex<Failures>>>,
    is_on: bool,
    per_account: u32,
    per_address: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
    /// Guesses at tokens are counted apart: a forgotten program must not keep people out.
    Bearers(IpAddr),
    Room(RoomId, UserId),
}

#[derive(Debug, Default)]
struct Failures {
    count: u32,
    blocked_until: Option<Instant>,
}

/// An attempt that may be made; tell how it ended.
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    /// Each with how many failures it allows.
    guessed: (Key, u32),
    address: Option<(Key, u32)>,
}

impl Throttle {
    pub fn new(table: &LimitTable) -> Self {
        Self {
            failures: Cache::builder().max_capacity(REMEMBERED).time_to_idle(WINDOW).build(),
            is_on: table.is_on,
            per_account: table.failed_sign_ins_per_account,
            per_address: table.failed_sign_ins_per_address,
        }
    }

    /// Asks for an attempt at `account`, named as it was typed, from `address`.
    ///
    /// # Errors
    /// `RateLimited` if either has failed too often.
    pub fn attempt(&self, account: &str, address: IpAddr) -> Result<Attempt<'_>, AppError> {
        let account = (Key::Account(account.to_lowercase()), self.per_account);
        self.ask(account, Some((Key::Address(network(address)), self.per_address)))
    }

    fn ask(&self, guessed: (Key, u32), address: Option<(Key, u32)>) -> Result<Attempt<'_>, AppError> {
        let keys = [Some(&guessed), address.as_ref()].into_iter().flatten();
        self.refuse_blocked(keys.map(|(key, _)| key))?;
        // Counted before it is known how it ends: many at once must not pass as one.
        self.count(&guessed.0, guessed.1);
        Ok(Attempt { throttle: self, guessed, address })
    }

    /// Asks for an attempt of `user` at the password of `room`.
    ///
    /// # Errors
    /// `RateLimited` after too many failures.
    pub fn attempt_at_room(&self, room: RoomId, user: UserId) -> Result<Attempt<'_>, AppError> {
        self.ask((Key::Room(room, user), self.per_account), None)
    }

    /// Counts a bearer token or ticket that was none, and tells how to refuse it: `Unauthenticated`, or `RateLimited`
    /// after too many guesses. What is one is never asked about: any page can make a browser guess.
    pub fn refuse_guess(&self, address: IpAddr) -> AppError {
        let key = Key::Bearers(network(address));
        if let Err(refused) = self.refuse_blocked([&key]) {
            return refused;
        }
        self.count(&key, self.per_address);
        AppError::Unauthenticated
    }

    fn refuse_blocked<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) -> Result<(), AppError> {
        let waits = keys.into_iter().filter_map(|key| self.wait(key));
        match waits.max().filter(|_| self.is_on) {
            None => Ok(()),
            Some(wait) => {
                let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                Err(AppError::RateLimited { retry_after_ms })
            }
        }
    }

    fn count(&self, key: &Key, allowed: u32) {
        let failures = self.failures.get_with(key.clone(), Arc::default);
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.count += 1;
        if let Some(over) = failures.count.checked_sub(allowed) {
            let wait = FIRST_WAIT.saturating_mul(1 << over.min(5)).min(WINDOW);
            failures.blocked_until = Some(Instant::now() + wait);
        }
    }

    fn wait(&self, key: &Key) -> Option<Duration> {
        let failures = self.failures.get(key)?;
        let failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.blocked_until?.checked_duration_since(Instant::now())
    }
}

impl Attempt<'_> {
    /// Forgives what was guessed at.
    pub fn succeeded(self) {
        self.throttle.failures.invalidate(&self.guessed.0);
    }

    /// Counts against the address too.
    pub fn failed(self) {
        if let Some((address, allowed)) = &self.address {
            self.throttle.count(address, *allowed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_ACCOUNT: u32 = 10;
    const PER_ADDRESS: u32 = 50;
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn the_eleventh_failure_at_an_account_waits() {
        let throttle = Throttle::new(&LimitTable::default());
        for _ in 0..PER_ACCOUNT {
            throttle.attempt("ana", HOME).unwrap().failed();
        }
        let refused = throttle.attempt("ANA", HOME).unwrap_err();
        assert!(matches!(refused, AppError::RateLimited { retry_after_ms } if retry_after_ms > 0));
        assert!(throttle.attempt("bob", HOME).is_ok());
    }

    #[test]
    fn guesses_made_at_once_count_each() {
        let throttle = Throttle::new(&LimitTable::default());
        let under_way: Vec<_> = (0..20).filter_map(|_| throttle.attempt("ana", HOME).ok()).collect();
        assert_eq!(under_way.len(), PER_ACCOUNT as usize);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits() {
        let throttle = Throttle::new(&LimitTable::default());
        for n in 0..PER_ADDRESS {
            throttle.attempt(&format!("user{n}"), HOME).unwrap().failed();
        }
        assert!(throttle.attempt("another", HOME).is_err());
        assert!(throttle.attempt("another", "10.0.0.1".parse().unwrap()).is_ok());
    }

    #[test]
    fn guessed_tokens_keep_no_password_out() {
        let throttle = Throttle::new(&LimitTable::default());
        for _ in 0..PER_ADDRESS {
            assert_eq!(throttle.refuse_guess(HOME), AppError::Unauthenticated);
        }
        assert!(matches!(throttle.refuse_guess(HOME), AppError::RateLimited { .. }));
        assert!(throttle.attempt("ana", HOME).is_ok());
    }

    #[test]
    fn success_forgives_the_account() {
        let throttle = Throttle::new(&LimitTable::default());
        for _ in 0..PER_ACCOUNT - 1 {
            throttle.attempt("ana", HOME).unwrap().failed();
        }
        throttle.attempt("ana", HOME).unwrap().succeeded();
        throttle.attempt("ana", HOME).unwrap().failed();
        assert!(throttle.attempt("ana", HOME).is_ok());
    }
}
