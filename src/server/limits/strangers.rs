//! What people do who are not signed in, counted by address: their requests, and the accounts that they make.

use std::{net::IpAddr, time::Instant};

use super::{Address, Limits, bucket::Buckets, network};
use crate::error::AppError;

impl Limits {
    /// Counts a request of somebody who is not signed in that costs as much as `cost` ordinary ones.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn stranger(&self, Address(address): Address, cost: u32) -> Result<(), AppError> {
        self.take_of_address(&self.strangers, "stranger_requests_per_second", address, cost)
    }

    /// Counts a well-formed registration from `address`, before anything is looked up: so neither a flood nor a search for
    /// names that are taken goes on for long.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn registration_attempt(&self, address: IpAddr) -> Result<(), AppError> {
        self.take_of_address(&self.registration_attempts, "registration_attempts_per_address", address, 1)
    }

    /// Counts an account that is about to be made from `address`.
    ///
    /// # Errors
    /// `RateLimited`.
    pub fn registration(&self, address: IpAddr) -> Result<(), AppError> {
        self.take_of_address(&self.registrations, "registrations_per_address", address, 1)
    }

    /// The account was not made after all.
    pub fn registration_failed(&self, address: IpAddr) {
        self.registrations.give_back(network(address));
    }

    fn take_of_address(
        &self,
        buckets: &Buckets<IpAddr>,
        limit: &str,
        address: IpAddr,
        tokens: u32,
    ) -> Result<(), AppError> {
        if !self.table.is_on {
            return Ok(());
        }
        let taken = buckets.take(network(address), tokens, Instant::now());
        taken.inspect_err(|_| self.log_refused(limit, network(address), Some(address), None))
    }
}
