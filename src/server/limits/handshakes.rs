//! Clients that have a connection and have not said yet who they are.
//!
//! They have places of their own, so they never take those of people who are signed in. There is always a place for one
//! more: the oldest one is ended for it, since a real client says who it is at once.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use super::{Address, LimitTable, Size, network};

/// How many there may be of all addresses together.
const MOST: usize = 4_096;

#[derive(Debug)]
pub(super) struct Handshakes {
    /// None if an address may have any number.
    per_address: Option<usize>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    /// In the order in which they came.
    all: BTreeMap<u64, (IpAddr, CancellationToken)>,
    addresses: HashMap<IpAddr, VecDeque<u64>>,
}

/// The place of one such client; dropping it gives it back.
#[derive(Debug)]
pub struct Handshake {
    number: u64,
    waiting: Arc<Mutex<Waiting>>,
}

impl Handshakes {
    pub(super) fn new(limits: &LimitTable) -> Self {
        let per_address = limits.is_on.then_some(limits.handshakes_per_address as usize);
        Self { per_address, waiting: Arc::default() }
    }

    pub(super) fn begin(&self, address: Address, cut: CancellationToken) -> Handshake {
        let address = network(address.0);
        let mut waiting = lock(&self.waiting);
        let of_address = waiting.addresses.get(&address);
        let oldest = match self.per_address {
            Some(most) if of_address.is_some_and(|all| all.len() >= most) => {
                of_address.and_then(VecDeque::front).copied()
            }
            _ if waiting.all.len() >= MOST => waiting.all.keys().next().copied(),
            _ => None,
        };
        if let Some(oldest) = oldest.and_then(|oldest| waiting.remove(oldest)) {
            oldest.cancel();
        }
        waiting.next += 1;
        let number = waiting.next;
        waiting.all.insert(number, (address, cut));
        waiting.addresses.entry(address).or_default().push_back(number);
        Handshake { number, waiting: Arc::clone(&self.waiting) }
    }

    pub(super) fn size(&self) -> Size {
        Size { name: "handshakes", entries: lock(&self.waiting).all.len(), cap: MOST }
    }
}

impl Waiting {
    fn remove(&mut self, number: u64) -> Option<CancellationToken> {
        let (address, cut) = self.all.remove(&number)?;
        if let Some(of_address) = self.addresses.get_mut(&address) {
            of_address.retain(|other| *other != number);
            if of_address.is_empty() {
                self.addresses.remove(&address);
            }
        }
        Some(cut)
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        lock(&self.waiting).remove(self.number);
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: u16) -> Address {
        Address(IpAddr::from([0x2001, 0xdb8, host, 0, 0, 0, 0, 1]))
    }

    fn begin(handshakes: &Handshakes, host: u16) -> (CancellationToken, Handshake) {
        let cut = CancellationToken::new();
        (cut.clone(), handshakes.begin(address(host), cut))
    }

    #[test]
    fn one_more_ends_the_oldest_of_its_address() {
        let handshakes = Handshakes::new(&LimitTable { handshakes_per_address: 2, ..LimitTable::default() });
        let other = begin(&handshakes, 2);
        let mine: Vec<_> = (0..3).map(|_| begin(&handshakes, 1)).collect();
        let ended: Vec<bool> = mine.iter().map(|(cut, _)| cut.is_cancelled()).collect();
        assert_eq!(ended, [true, false, false]);
        assert!(!other.0.is_cancelled());
        drop((mine, other));
        let waiting = lock(&handshakes.waiting);
        assert!(waiting.all.is_empty() && waiting.addresses.is_empty());
    }

    #[test]
    fn all_addresses_together_have_a_bound() {
        for is_on in [true, false] {
            let handshakes = Handshakes::new(&LimitTable { is_on, ..LimitTable::default() });
            let many = u16::try_from(MOST).unwrap() + 10;
            let all: Vec<_> = (0..many).map(|host| begin(&handshakes, host)).collect();
            assert_eq!(lock(&handshakes.waiting).all.len(), MOST);
            assert_eq!(all.iter().filter(|(cut, _)| cut.is_cancelled()).count(), 10);
        }
    }
}
