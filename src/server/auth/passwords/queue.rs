//! A queue with fair turns: each asker that waits has one turn per round, however many of its requests wait.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use crate::{model::UserId, server::limits::network};

/// On whose account a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// As `limits::network` gives it.
    Network(IpAddr),
    User(UserId),
    /// The command line, and the server itself.
    Operator,
}

impl Asker {
    /// Somebody of whom only the address is known.
    pub fn at(address: IpAddr) -> Self {
        Self::Network(network(address))
    }
}

#[derive(Debug)]
pub(super) struct FairQueue<T> {
    waiting: HashMap<Asker, VecDeque<(u64, T)>>,
    /// The askers that wait, the next one first.
    order: VecDeque<Asker>,
    next_id: u64,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), order: VecDeque::new(), next_id: 0 }
    }
}

impl<T> FairQueue<T> {
    /// Queues `item`, and names it for `remove`.
    pub(super) fn push(&mut self, asker: Asker, item: T) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let items = self.waiting.entry(asker).or_default();
        if items.is_empty() {
            self.order.push_back(asker);
        }
        items.push_back((id, item));
        id
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let asker = self.order.pop_front()?;
        let items = self.waiting.get_mut(&asker)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.waiting.remove(&asker);
        } else {
            self.order.push_back(asker);
        }
        item.map(|(_, item)| item)
    }

    /// Takes an item out before its turn; nothing if it had its turn.
    pub(super) fn remove(&mut self, asker: Asker, id: u64) {
        let Some(items) = self.waiting.get_mut(&asker) else { return };
        items.retain(|(queued, _)| *queued != id);
        if items.is_empty() {
            self.waiting.remove(&asker);
            self.order.retain(|waiting| *waiting != asker);
        }
    }

    /// How many items have their turn before one more of `asker` would.
    pub(super) fn ahead_of(&self, asker: Asker) -> usize {
        let own = self.waiting.get(&asker).map_or(0, VecDeque::len);
        self.waiting.values().map(|items| items.len().min(own + 1)).sum()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: Asker = Asker::User(UserId(1));
    const ONE: Asker = Asker::User(UserId(2));

    #[test]
    fn each_asker_has_one_turn_per_round() {
        let mut queue = FairQueue::default();
        for n in 0..100 {
            queue.push(CROWD, n);
        }
        assert_eq!((queue.ahead_of(ONE), queue.ahead_of(CROWD)), (1, 100));
        queue.push(ONE, 1_000);
        queue.push(ONE, 1_001);
        let turns: Vec<_> = (0..5).filter_map(|_| queue.pop()).collect();
        assert_eq!(turns, [0, 1_000, 1, 1_001, 2]);
        assert_eq!(queue.len(), 97);
    }

    #[test]
    fn who_went_away_has_no_turn() {
        let mut queue = FairQueue::default();
        let gone = queue.push(ONE, "gone");
        queue.push(CROWD, "here");
        queue.remove(ONE, gone);
        queue.remove(ONE, gone);
        assert_eq!((queue.pop(), queue.pop()), (Some("here"), None));
        assert!(queue.is_empty() && queue.waiting.is_empty());
    }
}
