//! Attempts at passwords and tokens: whom a failure is counted for, and who waits.
//!
//! A wrong password counts for the account at the network that guesses, and for the network. So a stranger's guesses keep
//! nobody else out: neither the owner elsewhere nor a browser that was signed in before, which counts by itself. Guesses
//! from many networks share one budget per account. Kept in memory, by each node: a restart forgives.

mod failures;
mod rules;

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::Notify,
    time::{Instant as Deadline, timeout_at},
};

pub(super) use self::rules::Account;
use self::{
    failures::{Failures, Refusal, Rule},
    rules::Key,
};
use super::devices::DeviceId;
use crate::{
    error::AppError,
    model::{RoomId, Timestamp, UserId},
    server::{
        clock,
        limits::{Capped, LimitTable, Limits, REMEMBERED, Size, network},
    },
};

/// For how long an account counts as new, in microseconds.
const NEW: i64 = 24 * 60 * 60 * 1_000_000;

#[derive(Debug)]
pub struct Throttle {
    failures: Failures<Key>,
    /// Networks where the password of an account was right since the start.
    homes: Mutex<Capped<(UserId, IpAddr), ()>>,
    /// Some attempt was settled.
    settled: Notify,
    hasher: RandomState,
    table: LimitTable,
}

/// An attempt that may be made. What is neither `failed` nor `succeeded` was not checked, and does not count.
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    rules: Vec<Rule<Key>>,
    /// Where the account is at home, should this succeed.
    home: Option<(UserId, IpAddr)>,
}

impl Throttle {
    pub fn new(table: &LimitTable) -> Self {
        Self {
            failures: Failures::new(),
            homes: Mutex::new(Capped::new(REMEMBERED)),
            settled: Notify::new(),
            hasher: RandomState::new(),
            table: table.clone(),
        }
    }

    /// The account of this login, in lower case; `user` if there is one.
    pub fn account(&self, login: &str, user: Option<UserId>) -> Account {
        user.map_or_else(|| Account::Nobody(self.hasher.hash_one(login)), Account::User)
    }

    /// Asks for an attempt at the password of `account`, typed as `login`, from `address`; `device` is a browser that was
    /// signed in to it. While others are under way that might still fail, it waits for these until the deadline.
    ///
    /// # Errors
    /// `RateLimited` after too many failures; `Unavailable` if too many attempts are under way for too long.
    pub async fn attempt(
        &self,
        limits: &Limits,
        (account, login): (Account, &str),
        address: IpAddr,
        device: Option<DeviceId>,
        until: Deadline,
    ) -> Result<Attempt<'_>, AppError> {
        let rules = self.sign_in_rules(account, network(address), device);
        let home = match account {
            Account::User(user) => Some((user, network(address))),
            Account::Nobody(_) => None,
        };
        let mut attempt = self.reserve(limits, rules, (address, login), until).await?;
        attempt.home = home;
        Ok(attempt)
    }

    /// Asks for an attempt of `user` at the password of `room`, from `address`.
    ///
    /// # Errors
    /// As of `attempt`.
    pub async fn attempt_at_room(
        &self,
        limits: &Limits,
        room: RoomId,
        (user, made_at): (UserId, Timestamp),
        address: IpAddr,
        until: Deadline,
    ) -> Result<Attempt<'_>, AppError> {
        let is_new = clock::now().0 - made_at.0 < NEW;
        let rules = self.room_rules(room, user, is_new, network(address));
        self.reserve(limits, rules, (address, &user.to_string()), until).await
    }

    async fn reserve(
        &self,
        limits: &Limits,
        rules: Vec<Rule<Key>>,
        who: (IpAddr, &str),
        until: Deadline,
    ) -> Result<Attempt<'_>, AppError> {
        if !self.table.is_on {
            return Ok(Attempt { throttle: self, rules: Vec::new(), home: None });
        }
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            match self.failures.reserve(&rules, Instant::now()) {
                Ok(()) => return Ok(Attempt { throttle: self, rules, home: None }),
                Err(Refusal::Blocked { by, wait }) => {
                    return Err(refuse(limits, by, wait, (who.0, Some(who.1))));
                }
                Err(Refusal::Busy) => {
                    timeout_at(until, settled).await.map_err(|_| AppError::UNAVAILABLE)?;
                }
            }
        }
    }

    /// Counts a bearer token or ticket that was none, and tells how to refuse it: `Unauthenticated`, or `RateLimited`
    /// after too many guesses. What is one is never asked about: any page can make a browser guess.
    pub fn refuse_guess(&self, limits: &Limits, address: IpAddr) -> AppError {
        if !self.table.is_on {
            return AppError::Unauthenticated;
        }
        let rule = Rule {
            key: Key::Bearers(network(address)),
            allowed: self.table.failed_sign_ins_per_address,
            doubles: true,
            limit: "failed_sign_ins_per_address",
        };
        let now = Instant::now();
        match self.failures.reserve(&[rule], now) {
            Err(Refusal::Blocked { by, wait }) => refuse(limits, by, wait, (address, None)),
            // Never so: a guess is settled at once.
            Err(Refusal::Busy) => AppError::UNAVAILABLE,
            Ok(()) => {
                self.failures.settle(&[rule], true, now);
                AppError::Unauthenticated
            }
        }
    }

    /// How many keys are remembered, and the caps.
    pub fn sizes(&self) -> Vec<Size> {
        let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner).size("networks of accounts");
        vec![self.failures.size("failed attempts"), homes]
    }
}

fn refuse(
    limits: &Limits,
    by: Rule<Key>,
    wait: Duration,
    (address, account): (IpAddr, Option<&str>),
) -> AppError {
    limits.log().refused(by.limit, by.key, Some(address), account);
    AppError::RateLimited { retry_after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1) }
}

impl Attempt<'_> {
    /// The password was right: the failures from here are forgiven.
    pub fn succeeded(self) {
        if let Some(own) = self.rules.first() {
            self.throttle.failures.forgive(&own.key);
        }
        if let Some(home) = self.home {
            let mut homes = self.throttle.homes.lock().unwrap_or_else(PoisonError::into_inner);
            homes.entry(home, || ());
        }
    }

    pub fn failed(mut self) {
        let rules = std::mem::take(&mut self.rules);
        self.throttle.failures.settle(&rules, true, Instant::now());
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.throttle.failures.settle(&self.rules, false, Instant::now());
        self.throttle.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::server::auth::deadline;

    const ANA: UserId = UserId(1);
    const HOUR: i64 = NEW / 24;
    const HOME: [u8; 4] = [192, 0, 2, 1];
    const AWAY: [u8; 4] = [192, 0, 2, 2];
    const BROWSER: Option<DeviceId> = Some(DeviceId([7; 16]));

    struct World {
        limits: Limits,
        throttle: Throttle,
    }

    impl World {
        fn new() -> Self {
            let table = LimitTable::default();
            Self { limits: Limits::new(&table), throttle: Throttle::new(&table) }
        }

        /// An attempt that need not wait for others.
        fn attempt(
            &self,
            account: Account,
            address: impl Into<IpAddr>,
            device: Option<DeviceId>,
        ) -> Result<Attempt<'_>, AppError> {
            let attempt =
                self.throttle.attempt(&self.limits, (account, ""), address.into(), device, deadline());
            attempt.now_or_never().expect("it waits for others")
        }

        /// Fails until it is refused, and tells how often that was.
        fn fail(&self, account: Account, address: impl Into<IpAddr>, device: Option<DeviceId>) -> u32 {
            let address = address.into();
            let mut count = 0;
            while let Ok(attempt) = self.attempt(account, address, device) {
                attempt.failed();
                count += 1;
            }
            count
        }

        fn nobody(&self, login: &str) -> Account {
            self.throttle.account(login, None)
        }
    }

    #[test]
    fn ten_guesses_of_a_stranger_keep_nobody_else_out() {
        let world = World::new();
        let ana = Account::User(ANA);
        assert_eq!(world.fail(ana, AWAY, None), 10);
        assert!(world.attempt(ana, HOME, None).is_ok());
        assert!(world.attempt(ana, AWAY, BROWSER).is_ok(), "a browser that was signed in before");
        assert!(world.attempt(Account::User(UserId(2)), AWAY, None).is_ok());
        assert_eq!(world.fail(ana, AWAY, BROWSER), 10, "it counts by itself");
    }

    #[test]
    fn a_login_of_nobody_is_counted_as_an_account_is() {
        let world = World::new();
        assert_eq!(world.fail(world.nobody("nobody"), AWAY, None), 10);
        assert!(world.attempt(world.nobody("nobody"), HOME, None).is_ok());
        assert!(world.attempt(world.nobody("nobody else"), AWAY, None).is_ok());
    }

    #[test]
    fn guesses_from_many_networks_share_a_budget_that_spares_known_ones() {
        let world = World::new();
        let ana = Account::User(ANA);
        world.attempt(ana, HOME, None).unwrap().succeeded();
        let guesses: u32 = (0..50).map(|n| world.fail(ana, [198, 51, 100, n], None)).sum();
        assert_eq!(guesses, 100);
        assert!(world.attempt(ana, AWAY, None).is_err());
        assert!(world.attempt(ana, HOME, None).is_ok() && world.attempt(ana, AWAY, BROWSER).is_ok());
        assert!(world.attempt(Account::User(UserId(2)), AWAY, None).is_ok());
    }

    #[test]
    fn a_handful_of_strangers_locks_nobody_out() {
        let world = World::new();
        for n in 0..5 {
            world.fail(Account::User(ANA), [198, 51, 100, n], None);
        }
        assert!(world.attempt(Account::User(ANA), HOME, None).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits() {
        let world = World::new();
        for n in 0..50 {
            world.attempt(world.nobody(&format!("user{n}")), AWAY, None).unwrap().failed();
        }
        assert!(world.attempt(world.nobody("another"), AWAY, None).is_err());
        assert!(world.attempt(world.nobody("another"), HOME, None).is_ok());
        let v6 = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]);
        for n in 0..50 {
            world.attempt(world.nobody(&format!("user{n}")), v6(n), None).unwrap().failed();
        }
        assert!(world.attempt(world.nobody("another"), v6(99), None).is_err(), "one /64 is one address");
    }

    #[test]
    fn success_forgives_and_what_was_not_checked_does_not_count() {
        let world = World::new();
        let ana = Account::User(ANA);
        for _ in 0..9 {
            world.attempt(ana, HOME, None).unwrap().failed();
        }
        for _ in 0..20 {
            drop(world.attempt(ana, HOME, None).unwrap());
        }
        world.attempt(ana, HOME, None).unwrap().succeeded();
        assert_eq!(world.fail(ana, HOME, None), 10);
    }

    #[tokio::test]
    async fn of_twenty_right_ones_at_once_none_is_refused_and_of_twenty_wrong_ones_ten() {
        for is_right in [true, false] {
            let world = World::new();
            let attempts = (0..20).map(|_| async {
                let attempt = world
                    .throttle
                    .attempt(&world.limits, (Account::User(ANA), ""), HOME.into(), None, deadline())
                    .await?;
                // The password is checked meanwhile.
                tokio::task::yield_now().await;
                if is_right {
                    attempt.succeeded()
                } else {
                    attempt.failed()
                }
                Ok::<_, AppError>(())
            });
            let ended = futures::future::join_all(attempts).await;
            let made = ended.iter().filter(|ended| ended.is_ok()).count();
            assert_eq!(made, if is_right { 20 } else { 10 });
        }
    }

    #[test]
    fn guessed_tokens_keep_no_password_out() {
        let World { limits, throttle } = World::new();
        for _ in 0..50 {
            assert_eq!(throttle.refuse_guess(&limits, HOME.into()), AppError::Unauthenticated);
        }
        assert!(matches!(throttle.refuse_guess(&limits, HOME.into()), AppError::RateLimited { .. }));
        let world = World { limits, throttle };
        assert!(world.attempt(Account::User(ANA), HOME, None).is_ok());
    }

    #[test]
    fn a_rooms_password_is_guarded_by_user_address_and_the_age_of_the_account() {
        let World { limits, throttle } = World::new();
        let now = clock::now();
        let fail = |user: i64, age: i64, room: i64, address: [u8; 4]| {
            let user = (UserId(user), Timestamp(now.0 - age));
            let attempt = || {
                throttle
                    .attempt_at_room(&limits, RoomId(room), user, address.into(), deadline())
                    .now_or_never()
                    .expect("it waits for others")
            };
            let mut count = 0;
            while let Ok(attempt) = attempt() {
                attempt.failed();
                count += 1;
            }
            count
        };
        assert_eq!(fail(1, NEW, 1, HOME), 10);
        assert_eq!(fail(1, NEW, 2, HOME), 10, "each room by itself");
        assert_eq!((fail(2, NEW, 1, HOME), fail(3, NEW, 1, HOME)), (10, 0), "thirty from one address");
        assert_eq!(fail(4, NEW - HOUR, 1, AWAY), 3, "a new account");
        let by_many: u32 = (0..50).map(|n| fail(100 + n, 0, 3, [203, 0, 113, n.try_into().unwrap()])).sum();
        assert_eq!(by_many, 100, "all new accounts together");
        assert_eq!(fail(5, NEW, 3, [198, 51, 100, 1]), 10, "an older one is untroubled");
    }
}
