//! All open sockets: how many there may be, in all and of one address, and which one is closed to make room.
//!
//! A full table closes what deserves its place least: first connections that have stalled or have not sent a request
//! for a second, then idle ones, then the youngest of the former. It never closes one whose request is being answered
//! or that has become a WebSocket.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use super::{
    episode::Episode,
    seat::{Merit, Seat, Socket},
};
use crate::server::limits::{LimitTable, Proxies, network};

/// An address, and a number that grows with each connection.
pub(super) type Key = (IpAddr, u64);

/// Choosing whom to close looks at all connections, so it chooses this share of them at once, but at least `FEWEST`.
const CHOSEN_SHARE: usize = 16;
const FEWEST: usize = 16;
#[derive(Debug)]
pub(super) struct Sockets {
    most: usize,
    /// None if an address may have any number.
    per_address: Option<u32>,
    proxies: Option<Proxies>,
    began: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    sockets: BTreeMap<Key, Arc<Socket>>,
    addresses: HashMap<IpAddr, u32>,
    /// Who is closed next, the last one first.
    chosen: Vec<(Merit, Key)>,
    crowded: Episode,
}

/// Why a connection has no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All places are taken, and none can be freed.
    Everywhere,
    /// Those of its address are.
    AtAddress,
}

impl Sockets {
    /// `descriptors` is how many connections the process has file descriptors for. A proxy may have any number of
    /// connections, since its clients are counted one by one.
    pub(super) fn new(limits: &LimitTable, proxies: Proxies, descriptors: usize) -> Arc<Self> {
        let most = if limits.is_on { descriptors.min(limits.sockets as usize) } else { descriptors };
        let per_address = limits.is_on.then_some(limits.sockets_per_address);
        Arc::new(Self { per_address, proxies: Some(proxies), ..Self::empty(most) })
    }

    /// A table of so many places, for whomever.
    pub(super) fn of_size(most: usize) -> Arc<Self> {
        Arc::new(Self::empty(most))
    }

    fn empty(most: usize) -> Self {
        Self { most, per_address: None, proxies: None, began: Instant::now(), open: Mutex::default() }
    }

    /// A place for a new connection; another one may be closed for it.
    ///
    /// # Errors
    /// `Full` if none can be closed.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Seat, Full> {
        let address = network(peer);
        let mut open = self.lock();
        let of_address = open.addresses.get(&address).copied().unwrap_or_default();
        let is_proxy = || self.proxies.as_ref().is_some_and(|proxies| proxies.holds(peer));
        let has_all = self.per_address.is_some_and(|most| of_address >= most && !is_proxy());
        if has_all && !open.close_one_of(address) {
            return Err(Full::AtAddress);
        }
        if open.sockets.len() >= self.most {
            open.note_crowd(self.most);
            if !open.close_one() {
                return Err(Full::Everywhere);
            }
        }
        Ok(self.seat(&mut open, address))
    }

    /// A place for a new connection, whomever it costs theirs.
    pub(super) fn admit_anyway(self: &Arc<Self>, peer: IpAddr) -> Seat {
        let mut open = self.lock();
        if open.sockets.len() >= self.most && !open.close_one() {
            let oldest = open.sockets.keys().min_by_key(|(_, number)| *number).copied();
            oldest.and_then(|oldest| open.remove(&oldest)).inspect(|socket| socket.cut.cancel());
        }
        self.seat(&mut open, network(peer))
    }

    /// Closes up to so many connections; gives how many.
    pub(super) fn close_some(&self, count: usize) -> usize {
        let mut open = self.lock();
        (0..count).take_while(|_| open.close_one()).count()
    }

    pub(super) fn remove(&self, key: &Key) {
        self.lock().remove(key);
    }

    fn seat(self: &Arc<Self>, open: &mut Open, address: IpAddr) -> Seat {
        open.next += 1;
        let socket = Socket::new((address, open.next), self.began);
        open.sockets.insert(socket.key, Arc::clone(&socket));
        *open.addresses.entry(address).or_default() += 1;
        Seat::new(socket, Arc::clone(self))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the connection that deserves its place least. False if all deserve theirs.
    fn close_one(&mut self) -> bool {
        if self.close_chosen() {
            return true;
        }
        let all = self.sockets.iter();
        let mut found: Vec<_> = all.filter_map(|(key, socket)| Some((socket.merit()?, *key))).collect();
        let count = FEWEST.max(self.sockets.len() / CHOSEN_SHARE).min(found.len());
        if count < found.len() {
            found.select_nth_unstable(count);
            found.truncate(count);
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        self.chosen = found;
        self.close_chosen()
    }

    /// Closes the next of the chosen who has done nothing since.
    fn close_chosen(&mut self) -> bool {
        while let Some((merit, key)) = self.chosen.pop() {
            let now = self.sockets.get(&key).and_then(|socket| socket.merit());
            if now.is_some_and(|now| now.since == merit.since) {
                return self.close(&key);
            }
        }
        false
    }

    fn close_one_of(&mut self, address: IpAddr) -> bool {
        let of_address = self.sockets.range((address, 0)..=(address, u64::MAX));
        let least = of_address.filter_map(|(key, socket)| Some((socket.merit()?, *key))).min();
        least.is_some_and(|(_, key)| self.close(&key))
    }

    fn close(&mut self, key: &Key) -> bool {
        let socket = self.remove(key);
        socket.inspect(|socket| socket.cut.cancel()).is_some()
    }

    fn remove(&mut self, key: &Key) -> Option<Arc<Socket>> {
        let socket = self.sockets.remove(key)?;
        if let Some(count) = self.addresses.get_mut(&key.0) {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&key.0);
            }
        }
        Some(socket)
    }

    fn note_crowd(&mut self, most: usize) {
        if self.crowded.begins() {
            tracing::warn!(
                connections = most,
                "the server is full: it closes connections that are idle or stalled to make room"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::server::http::listen::seat::Phase;

    const ANA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const BOB: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn is_open(seat: &Seat) -> bool {
        !seat.socket().cut.is_cancelled()
    }

    fn limits(sockets: u32, sockets_per_address: u32) -> LimitTable {
        LimitTable { sockets, sockets_per_address, ..LimitTable::default() }
    }

    #[test]
    fn a_full_table_closes_what_deserves_its_place_least() {
        let began = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        let table = Arc::new(Sockets { began, ..Sockets::empty(6) });
        let phases = [Phase::Kept, Phase::Idle, Phase::Busy, Phase::New, Phase::Busy];
        let mut seats: Vec<Seat> = phases
            .iter()
            .map(|phase| {
                let seat = table.admit(ANA).unwrap();
                seat.socket().enter(*phase);
                seat
            })
            .collect();
        seats[4].socket().stall();
        seats.iter().for_each(|seat| seat.socket().make_older(Duration::from_secs(2)));
        seats.push(table.admit(ANA).unwrap());
        let (mut newcomers, mut closed) = (Vec::new(), Vec::new());
        while let Ok(newcomer) = table.admit(BOB) {
            newcomer.socket().enter(Phase::Kept);
            newcomers.push(newcomer);
            closed.extend((0..6).find(|index| !is_open(&seats[*index]) && !closed.contains(index)));
        }
        assert_eq!(closed, [3, 4, 1, 5]);
        assert_eq!((newcomers.len(), table.admit(BOB).err()), (4, Some(Full::Everywhere)));
        drop(seats);
        assert!(table.admit(BOB).is_ok());
    }

    #[test]
    fn who_was_chosen_and_has_sent_a_request_since_is_spared() {
        let table = Sockets::of_size(3);
        let seats: Vec<Seat> = (0..3).map(|_| table.admit(ANA).unwrap()).collect();
        let first = table.admit(BOB).unwrap();
        assert!(!is_open(&seats[0]));
        seats[1].socket().enter(Phase::Busy);
        let _second = table.admit(BOB).unwrap();
        assert!(is_open(&seats[1]) && !is_open(&seats[2]) && is_open(&first));
    }

    #[test]
    fn a_table_for_the_last_resort_always_has_a_place() {
        let table = Sockets::of_size(2);
        let seats: Vec<Seat> = (0..3).map(|_| table.admit_anyway(ANA)).collect();
        seats.iter().for_each(|seat| seat.socket().enter(Phase::Kept));
        let _last = table.admit_anyway(BOB);
        assert_eq!(seats.iter().map(is_open).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn an_address_has_its_own_share() {
        let table = Sockets::new(&limits(100, 2), Proxies::new(&[]), 1_000);
        let seats = [table.admit(ANA).unwrap(), table.admit(ANA).unwrap()];
        seats.iter().for_each(|seat| seat.socket().enter(Phase::Kept));
        assert_eq!(table.admit(ANA).err(), Some(Full::AtAddress));
        assert!(table.admit(BOB).is_ok());
        drop(seats);
        let idle = table.admit(ANA).unwrap();
        let busy = table.admit(ANA).unwrap();
        busy.socket().enter(Phase::Busy);
        let next = table.admit(ANA).unwrap();
        assert!(!is_open(&idle) && is_open(&busy) && is_open(&next));
    }
}
