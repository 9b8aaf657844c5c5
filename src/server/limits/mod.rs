//! How much one user, one address and one connection may do; `--limits off` lifts all of it.
//!
//! One function per limit, and one `table` of their numbers. Where there is an action, the action asks, so that no door forgets; doors ask
//! only for what exists at their door: connections and frames. Failed attempts are counted in `auth`. What is counted by key is kept
//! in a `Capped` map, whose size strangers cannot raise.

mod access_log;
mod address;
mod bucket;
mod capped;
mod handshakes;
mod places;
mod proxies;
mod strangers;
mod table;

use std::{hash::Hash, net::IpAddr, sync::Arc, time::Instant};

use tokio_util::sync::CancellationToken;

pub use access_log::AccessLog;
pub use address::{Address, network};
pub use bucket::Balance;
pub use capped::Size;
pub(in crate::server) use capped::{Capped, REMEMBERED};
pub use handshakes::Handshake;
pub use places::Place;
pub use proxies::Proxies;
pub use table::LimitTable;

use self::{
    bucket::{Bucket, Buckets, Rate},
    handshakes::Handshakes,
    places::Places,
};
use crate::{error::AppError, model::UserId};

#[derive(Debug)]
pub struct Limits {
    table: Arc<LimitTable>,
    messages: Buckets<UserId>,
    typing: Buckets<UserId>,
    posted: Buckets<UserId>,
    registrations: Buckets<IpAddr>,
    registration_attempts: Buckets<IpAddr>,
    strangers: Buckets<IpAddr>,
    places: Places,
    connects: Buckets<UserId>,
    handshakes: Handshakes,
    log: AccessLog,
}

/// What of a user's is counted, by whichever door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    Messages,
    Typing,
    /// Requests and commands outside of connections.
    Requests,
}

/// What one connection may send. Who goes on after as many refusals has its connection closed.
#[derive(Debug)]
pub struct Frames {
    commands: Bucket,
    refusals: Bucket,
}

impl Frames {
    /// Counts a command that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn command(&mut self, cost: u32) -> Result<(), AppError> {
        self.commands.take(cost)
    }

    /// Counts frames that are no commands, such as pings. False if there were too many.
    pub fn others(&mut self, count: u32) -> bool {
        (0..count).all(|_| self.commands.take(1).is_ok() || self.refusal())
    }

    /// Counts a frame that was refused. False if there were too many.
    pub fn refusal(&mut self) -> bool {
        self.refusals.take(1).is_ok()
    }
}

impl Limits {
    pub fn new(table: &LimitTable) -> Self {
        let rate = |per_second, burst| Buckets::new(Rate::per_second(per_second, burst));
        let hourly = |per_hour, burst| Buckets::new(Rate::per_hour(per_hour, burst));
        let attempts = table.registration_attempts_per_address;
        let strangers = Rate::per_second(table.stranger_requests_per_second, table.stranger_requests_burst);
        Self {
            messages: rate(table.messages_per_second, table.messages_burst),
            typing: rate(table.typing_per_second, table.typing_burst),
            posted: rate(table.requests_per_second, table.requests_burst),
            registrations: hourly(table.registrations_per_address, table.registrations_burst),
            registration_attempts: hourly(attempts, attempts),
            strangers: Buckets::new(strangers),
            places: Places::new(table),
            connects: rate(table.connects_per_second, table.connects_burst),
            handshakes: Handshakes::new(table),
            log: AccessLog::new(false),
            table: Arc::new(table.clone()),
        }
    }

    /// Whether failed sign-ins, refusals and registrations are logged with their address and account.
    #[must_use]
    pub fn with_log(self, is_on: bool) -> Self {
        Self { log: AccessLog::new(is_on), ..self }
    }

    /// The log of who was let in or refused.
    pub fn log(&self) -> &AccessLog {
        &self.log
    }

    /// How many sessions a user has in browsers, and as many of programs.
    pub fn sessions_per_user(&self) -> i64 {
        if self.table.is_on { self.table.sessions_per_user.into() } else { i64::MAX }
    }

    /// How many keys each limiter remembers, and its cap.
    pub fn sizes(&self) -> Vec<Size> {
        vec![
            self.messages.size("messages"),
            self.typing.size("typing"),
            self.posted.size("requests"),
            self.registrations.size("registrations"),
            self.registration_attempts.size("registration attempts"),
            self.strangers.size("strangers"),
            self.connects.size("connects"),
            self.handshakes.size(),
            self.log.size(),
        ]
    }

    /// The numbers in force.
    pub fn table(&self) -> &Arc<LimitTable> {
        &self.table
    }

    /// A place for one more live connection, given back when it is dropped; ask before the upgrade.
    ///
    /// # Errors
    /// `RateLimited` if the user or the address has all of theirs, or the user comes back too often: each connection costs
    /// more than what may be sent over it.
    pub fn connection(&self, user: UserId, address: Address) -> Result<Place, AppError> {
        let place = self.places.take(user, address).and_then(|place| {
            if self.table.is_on {
                self.connects.take(user, 1, Instant::now())?;
            }
            Ok(place)
        });
        place.inspect_err(|_| self.log_refused("connections", user, Some(address.0), Some(user)))
    }

    /// A place for a client that has not said yet who it is. `cut` ends it when others need its place.
    pub fn handshake(&self, address: Address, cut: CancellationToken) -> Handshake {
        self.handshakes.begin(address, cut)
    }

    /// A new connection's own allowance of frames.
    pub fn frames(&self) -> Frames {
        let LimitTable { requests_per_second: per_second, requests_burst: burst, .. } = *self.table;
        let bucket = || Bucket::new(self.table.is_on.then(|| Rate::per_second(per_second, burst)));
        Frames { commands: bucket(), refusals: bucket() }
    }

    /// Counts one message of the user, by whichever door.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn message(&self, user: UserId) -> Result<(), AppError> {
        self.messages(user, 1)
    }

    /// Counts what is as much as `count` messages of the user, but never more than a full allowance.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn messages(&self, user: UserId, count: u32) -> Result<(), AppError> {
        let count = count.min(self.table.messages_burst);
        self.take(&self.messages, "messages_per_second", user, count)
    }

    /// Counts a request or command outside of a connection that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn posted(&self, user: UserId, cost: u32) -> Result<(), AppError> {
        self.take(&self.posted, "requests_per_second", user, cost)
    }

    /// How much of an allowance the user has left; none if nothing is counted.
    pub fn balance(&self, user: UserId, allowance: Allowance) -> Option<Balance> {
        let buckets = match allowance {
            Allowance::Messages => &self.messages,
            Allowance::Typing => &self.typing,
            Allowance::Requests => &self.posted,
        };
        self.table.is_on.then(|| buckets.balance(user, Instant::now()))
    }

    /// Counts one word of the user about typing.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn typing(&self, user: UserId) -> Result<(), AppError> {
        self.take(&self.typing, "typing_per_second", user, 1)
    }

    fn take(
        &self,
        buckets: &Buckets<UserId>,
        limit: &str,
        user: UserId,
        tokens: u32,
    ) -> Result<(), AppError> {
        if !self.table.is_on {
            return Ok(());
        }
        let taken = buckets.take(user, tokens, Instant::now());
        taken.inspect_err(|_| self.log_refused(limit, user, None, Some(user)))
    }

    fn log_refused(&self, limit: &str, key: impl Hash, address: Option<IpAddr>, user: Option<UserId>) {
        let user = user.map(|user| user.to_string());
        self.log.refused(limit, key, address, user.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::server::auth::{Asker, Line, Passwords, Throttle, deadline};

    /// Far more than any cap.
    const STRANGERS: u32 = 200_000;

    /// Everything that is kept by key, filled by strangers; a new limiter belongs here.
    #[tokio::test]
    async fn nothing_that_strangers_fill_grows_beyond_its_cap() {
        let table = LimitTable::default();
        let (limits, throttle) = (Limits::new(&table).with_log(true), Throttle::new(&table));
        let (proxies, passwords) = (Proxies::new(&["0.0.0.0/0".parse().unwrap()]), Passwords::default());
        for n in 0..STRANGERS {
            let (user, address) = (UserId(n.into()), IpAddr::from(n.to_be_bytes()));
            limits.message(user).unwrap();
            limits.typing(user).unwrap();
            limits.posted(user, 1).unwrap();
            limits.registration_attempt(address).unwrap();
            limits.registration(address).unwrap();
            limits.stranger(Address(address), 1).unwrap();
            limits.log().refused("test", n, Some(address), None);
            throttle.refuse_guess(&limits, address);
            let attempt = |account| {
                throttle.attempt(&limits, (account, ""), address, None, deadline()).now_or_never().unwrap()
            };
            attempt(throttle.account("nobody in particular", None)).map(drop).unwrap();
            attempt(throttle.account(&n.to_string(), None)).unwrap().failed();
            attempt(throttle.account("", Some(user))).unwrap().succeeded();
            proxies.client_of(address, &axum::http::HeaderMap::new());
            drop(limits.connection(user, Address(address)).unwrap());
        }
        let handshake =
            |n: u32| limits.handshake(Address(IpAddr::from(n.to_be_bytes())), CancellationToken::new());
        let _handshakes: Vec<_> = (0..10_000).map(handshake).collect();
        let mut waiting = Vec::new();
        for n in 0..2_000 {
            let address = IpAddr::from([10, 0, (n / 256) as u8, (n % 256) as u8]);
            let mut check =
                Box::pin(passwords.verify(Line::SignIn, Asker::at(address), deadline(), "guess", None));
            if (&mut check).now_or_never().is_none() {
                waiting.push(check);
            }
        }
        let mut sizes = limits.sizes();
        sizes.extend(throttle.sizes());
        sizes.extend([proxies.size(), passwords.size()]);
        for Size { name, entries, cap } in &sizes {
            assert!((1..=*cap).contains(entries), "{name}: {entries} of at most {cap}");
            assert!(*cap <= REMEMBERED, "{name}");
        }
        assert_eq!(sizes.len(), 13);
    }
}
