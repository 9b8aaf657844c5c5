//! How much one user, one address and one connection may do; `--limits off` lifts all of it.
//!
//! One function per limit, and one `table` of their numbers. Where there is an action, the action asks, so that no door forgets; doors ask
//! only for what exists at their door: connections and frames. Failed attempts are counted in `auth`.

mod address;
mod bucket;
mod places;
mod proxies;
mod table;

use std::{net::IpAddr, time::Instant};

pub use address::{Address, network};
pub use bucket::Standing;
pub use places::Place;
pub use proxies::Proxies;
pub use table::LimitTable;

use self::{
    bucket::{Bucket, Buckets, Rate},
    places::Places,
};
use crate::{error::AppError, model::UserId};

#[derive(Debug)]
pub struct Limits {
    table: LimitTable,
    messages: Buckets<UserId>,
    typing: Buckets<UserId>,
    posted: Buckets<UserId>,
    strangers: Buckets<IpAddr>,
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
    pub fn new(table: &LimitTable) -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            messages: Buckets::new(rate(table.messages_per_second, table.messages_burst)),
            typing: Buckets::new(rate(table.typing_per_second, table.typing_burst)),
            posted: Buckets::new(rate(table.requests_per_second, table.requests_burst)),
            strangers: Buckets::new(rate(table.stranger_requests_per_second, table.stranger_requests_burst)),
            places: Places::new(table),
            table: table.clone(),
        }
    }

    /// The numbers in force.
    pub fn table(&self) -> &LimitTable {
        &self.table
    }

    /// A place for one more live connection, given back when it is dropped; ask before the upgrade.
    ///
    /// # Errors
    /// `RateLimited` if the user or the address has all of theirs.
    pub fn connection(&self, user: UserId, address: Address) -> Result<Place, AppError> {
        self.places.take(Some(user), address)
    }

    /// A place for a connection whose user will be known soon, or it ends.
    ///
    /// # Errors
    /// `RateLimited` if the address has all of its places.
    pub fn unnamed_connection(&self, address: Address) -> Result<Place, AppError> {
        self.places.take(None, address)
    }

    /// A new connection's own allowance of frames.
    pub fn frames(&self) -> Frames {
        let LimitTable { requests_per_second: per_second, requests_burst: burst, .. } = self.table;
        let bucket = || Bucket::new(self.table.is_on.then_some(Rate { per_second, burst }));
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
        if self.table.is_on { self.messages.take(user, count, Instant::now()) } else { Ok(()) }
    }

    /// Counts a request or command outside of a connection that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn posted(&self, user: UserId, cost: u32) -> Result<(), AppError> {
        if self.table.is_on { self.posted.take(user, cost, Instant::now()) } else { Ok(()) }
    }

    /// Counts a request of somebody who is not signed in that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn stranger(&self, Address(address): Address, cost: u32) -> Result<(), AppError> {
        if self.table.is_on { self.strangers.take(network(address), cost, Instant::now()) } else { Ok(()) }
    }

    /// How much of an allowance the user has left; none if nothing is counted.
    pub fn standing(&self, user: UserId, allowance: Allowance) -> Option<Standing> {
        let buckets = match allowance {
            Allowance::Messages => &self.messages,
            Allowance::Typing => &self.typing,
            Allowance::Requests => &self.posted,
        };
        self.table.is_on.then(|| buckets.standing(user, Instant::now()))
    }

    /// Counts one word of the user about typing.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn typing(&self, user: UserId) -> Result<(), AppError> {
        if self.table.is_on { self.typing.take(user, 1, Instant::now()) } else { Ok(()) }
    }
}
