//! The connections of this node, and the fan-out to them.
//!
//! `subscribing` says who hears of which room, `publishing` tells them; `senders` are the tasks that write to sockets, and
//! `heartbeat` looks after connections that say nothing.

mod channel;
mod heartbeat;
mod index;
mod publishing;
mod senders;
mod subscribing;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use self::heartbeat::{PING_EVERY, PONG_WITHIN};
use self::{
    channel::Channel,
    index::{Index, ToFlush},
    senders::Senders,
};
use super::{Close, subscriber::Subscriber};
use crate::model::RoomId;

#[derive(Debug)]
pub struct Hub {
    state: RwLock<Index>,
    /// What all connections are told, however many there are.
    everyone: Arc<Channel>,
    senders: Senders,
}

impl Hub {
    /// Starts the senders on the current runtime.
    pub fn start() -> Self {
        let everyone = Arc::new(Channel::new(RoomId(0)));
        Self { state: RwLock::default(), everyone, senders: Senders::start() }
    }

    pub fn end_session(&self, session: &str) {
        let state = self.read();
        let ended = state.sessions.get(session).into_iter().flatten();
        let ended = ended.filter_map(|id| state.connections.get(id));
        ended.for_each(|entry| entry.subscriber.close(Close::SessionEnded));
    }

    pub fn close_all(&self, why: Close) {
        self.everyone().iter().for_each(|subscriber| subscriber.close(why));
    }

    /// All connections.
    pub(super) fn everyone(&self) -> Vec<Arc<Subscriber>> {
        self.read().connections.values().map(|entry| Arc::clone(&entry.subscriber)).collect()
    }

    fn channel(&self, room: RoomId) -> Option<Arc<Channel>> {
        self.read().rooms.get(&room).cloned()
    }

    /// Changes who hears of what, then sends what had been told before.
    fn change(&self, change: impl FnOnce(&mut Index, &mut ToFlush)) {
        let mut due = Vec::new();
        change(&mut self.write(), &mut due);
        due.into_iter().for_each(|subscriber| self.senders.call_for(subscriber));
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
