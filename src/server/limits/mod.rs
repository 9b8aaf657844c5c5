//! How much one user, one address and one connection may do; `--limits off` lifts all of it.
//!
//! One function per limit. Where there is an action, the action asks, so that no door forgets; doors ask
//! only for what exists at their door: connections and frames. Failed attempts are counted in `auth`.

mod address;
mod bucket;
mod places;
mod proxies;

use std::time::Instant;

pub use address::{Address, network};
pub use bucket::Standing;
pub use places::Place;
pub use proxies::Proxies;

use self::{
    bucket::{Bucket, Buckets, Rate},
    places::Places,
};
use crate::{error::AppError, model::UserId};

const MESSAGES: Rate = Rate { per_second: 10, burst: 30 };
const TYPING: Rate = Rate { per_second: 5, burst: 10 };
const FRAMES: Rate = Rate { per_second: 50, burst: 200 };
const CONNECTIONS_PER_USER: u32 = 20;
const CONNECTIONS_PER_ADDRESS: u32 = 100;

#[derive(Debug)]
pub struct Limits {
    enabled: bool,
    messages: Buckets<UserId>,
    typing: Buckets<UserId>,
    posted: Buckets<UserId>,
    places: Places,
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

    /// Counts a frame that was refused. False if there were too many.
    pub fn refusal(&mut self) -> bool {
        self.refusals.take(1).is_ok()
    }
}

impl Limits {
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            messages: Buckets::new(MESSAGES),
            typing: Buckets::new(TYPING),
            posted: Buckets::new(FRAMES),
            places: Places::default(),
        }
    }

    /// A place for one more live connection, given back when it is dropped; ask before the upgrade.
    ///
    /// # Errors
    /// `RateLimited` if the user or the address has all of theirs.
    pub fn connection(&self, user: UserId, address: Address) -> Result<Place, AppError> {
        self.places.take(Some(user), address, self.enabled)
    }

    /// A place for a connection whose user will be known soon, or it ends.
    ///
    /// # Errors
    /// `RateLimited` if the address has all of its places.
    pub fn unnamed_connection(&self, address: Address) -> Result<Place, AppError> {
        self.places.take(None, address, self.enabled)
    }

    /// A new connection's own allowance of frames.
    pub fn frames(&self) -> Frames {
        let bucket = || Bucket::new(self.enabled.then_some(FRAMES));
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
        let count = count.min(MESSAGES.burst);
        if self.enabled { self.messages.take(user, count, Instant::now()) } else { Ok(()) }
    }

    /// Counts a request or command outside of a connection that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn posted(&self, user: UserId, cost: u32) -> Result<(), AppError> {
        if self.enabled { self.posted.take(user, cost, Instant::now()) } else { Ok(()) }
    }

    /// How much of an allowance the user has left; none if nothing is counted.
    pub fn standing(&self, user: UserId, allowance: Allowance) -> Option<Standing> {
        let buckets = match allowance {
            Allowance::Messages => &self.messages,
            Allowance::Typing => &self.typing,
            Allowance::Requests => &self.posted,
        };
        self.enabled.then(|| buckets.standing(user, Instant::now()))
    }

    /// Counts one word of the user about typing.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn typing(&self, user: UserId) -> Result<(), AppError> {
        if self.enabled { self.typing.take(user, 1, Instant::now()) } else { Ok(()) }
    }
}
