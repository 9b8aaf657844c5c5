//! How many live connections a user and an address have.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Address, LimitTable, network};
use crate::{error::AppError, model::UserId};

/// When a refused client may try again: a connection that was cut is noticed within about this.
const RETRY_AFTER_MS: u64 = 30_000;

#[derive(Debug)]
pub(super) struct Places {
    is_on: bool,
    per_user: u32,
    per_address: u32,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    users: HashMap<UserId, u32>,
    addresses: HashMap<IpAddr, u32>,
}

/// The place of one connection; dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    taken: Arc<Mutex<Taken>>,
    user: UserId,
    address: IpAddr,
}

impl Places {
    pub(super) fn new(table: &LimitTable) -> Self {
        Self {
            is_on: table.is_on,
            per_user: table.connections_per_user,
            per_address: table.connections_per_address,
            taken: Arc::default(),
        }
    }

    pub(super) fn take(&self, user: UserId, address: Address) -> Result<Place, AppError> {
        let address = network(address.0);
        let mut taken = lock(&self.taken);
        let full = taken.users.get(&user).is_some_and(|count| *count >= self.per_user)
            || taken.addresses.get(&address).is_some_and(|count| *count >= self.per_address);
        if self.is_on && full {
            return Err(AppError::RateLimited { retry_after_ms: RETRY_AFTER_MS });
        }
        *taken.users.entry(user).or_default() += 1;
        *taken.addresses.entry(address).or_default() += 1;
        Ok(Place { taken: Arc::clone(&self.taken), user, address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        give_back(&mut taken.users, self.user);
        give_back(&mut taken.addresses, self.address);
    }
}

fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: UserId = UserId(1);

    fn home(host: u16) -> Address {
        Address(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]))
    }

    #[test]
    fn a_user_has_twenty_places_and_gets_them_back() {
        let places = Places::new(&LimitTable::default());
        let mut mine: Vec<_> = (0..20).map(|n| places.take(ANA, home(n)).unwrap()).collect();
        assert!(places.take(ANA, home(99)).is_err());
        assert!(places.take(UserId(2), home(99)).is_ok());
        mine.pop();
        assert!(places.take(ANA, home(99)).is_ok());
        drop(mine);
        let taken = lock(&places.taken);
        assert!(taken.users.is_empty() && taken.addresses.is_empty());
    }

    #[test]
    fn there_is_room_for_all_if_limits_are_off() {
        let places = Places::new(&LimitTable { is_on: false, ..LimitTable::default() });
        let all: Vec<_> = (0..200).map(|_| places.take(ANA, home(1)).unwrap()).collect();
        assert_eq!(all.len(), 200);
    }

    #[test]
    fn a_network_has_a_hundred_places() {
        let places = Places::new(&LimitTable::default());
        let all: Vec<_> = (0..100).map(|n| places.take(UserId(n.into()), home(n)).unwrap()).collect();
        assert!(places.take(ANA, home(500)).is_err());
        assert!(places.take(ANA, Address([10, 0, 0, 1].into())).is_ok());
        drop(all);
        assert!(places.take(ANA, home(500)).is_ok());
    }
}
