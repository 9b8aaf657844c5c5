//! One room's fan-out: the events that wait to be handed over, and the connections that hear them.
//!
//! A room whose sender is busy gathers events; the sender then hands all of them to each connection, for
//! WebSockets as one stretch of bytes. So at a high rate nobody pays per event and per member.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    model::{People, RoomId, UserId, people::Introduced},
    server::live::{
        encoded::{Audience, Batch},
        subscriber::Subscriber,
    },
};

/// How many introduced people a room remembers; the others are introduced again.
const INTRODUCED_MAX: usize = 1_000;

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) room: RoomId,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    durable: Batch,
    /// Events that may be lost.
    ephemeral: Batch,
    subscribers: Vec<Arc<Subscriber>>,
    /// How many of these are streams.
    streams: usize,
    /// Who has been introduced to all of these since the last of them came, who knows nobody but those on its page.
    introduced: BTreeSet<UserId>,
}

impl Channel {
    pub(super) fn new(room: RoomId) -> Self {
        Self { room, state: Mutex::default() }
    }

    /// Adds an event to what waits. True if nothing waited: a sender must be told.
    pub(super) fn publish(&self, event: &Introduced) -> bool {
        let mut state = self.lock();
        let is_first = state.publish(event, |state| &mut state.durable);
        state.note_introduced(&event.people);
        is_first
    }

    /// Like `publish`, for an event that slow connections may miss.
    pub(super) fn publish_ephemeral(&self, event: &Introduced) -> bool {
        self.lock().publish(event, |state| &mut state.ephemeral)
    }

    /// Like `publish_ephemeral`, but nobody is told who is named.
    pub(super) fn publish_bare(&self, event: &Introduced) -> bool {
        self.lock().add_event(event, |state| &mut state.ephemeral)
    }

    #[cfg(test)]
    pub(super) fn audience(&self) -> Audience {
        self.lock().audience()
    }

    /// How many connections hear of the room.
    pub(super) fn len(&self) -> usize {
        self.lock().subscribers.len()
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Hands what waits to every connection and adds to `due` those that must be flushed.
    pub(super) fn hand_over(&self, due: &mut Vec<Arc<Subscriber>>) {
        self.lock().hand_over(due);
    }

    /// Adds a connection; it hears what is published from now on.
    pub(super) fn add(&self, subscriber: Arc<Subscriber>, due: &mut Vec<Arc<Subscriber>>) {
        let mut state = self.lock();
        state.hand_over(due);
        state.add(subscriber);
    }

    /// Removes a connection; what was published before now it still hears. True if nobody is left.
    pub(super) fn remove(&self, id: u64, due: &mut Vec<Arc<Subscriber>>) -> bool {
        let mut state = self.lock();
        state.hand_over(due);
        state.forget(id);
        state.subscribers.is_empty()
    }

    /// Like `add` and `remove`, where it does not matter who hears what waits: so a crowd that comes or goes at
    /// once does not hand it over each time.
    pub(super) fn add_quietly(&self, subscriber: Arc<Subscriber>) {
        self.lock().add(subscriber);
    }

    pub(super) fn remove_quietly(&self, id: u64) {
        self.lock().forget(id);
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        let mut users: Vec<_> = self.lock().subscribers.iter().map(|subscriber| subscriber.user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.durable.is_empty() && self.ephemeral.is_empty()
    }

    fn audience(&self) -> Audience {
        Audience { sockets: self.subscribers.len() > self.streams, streams: self.streams > 0 }
    }

    fn publish(&mut self, event: &Introduced, batch: impl Fn(&mut Self) -> &mut Batch) -> bool {
        if self.subscribers.is_empty() {
            return false;
        }
        let was_empty = self.is_empty();
        let audience = self.audience();
        let new: People =
            event.people.iter().filter(|user| !self.introduced.contains(&user.id)).cloned().collect();
        // With the event, so that neither comes without the other.
        batch(self).introduce(new, audience);
        self.add_event(event, batch);
        was_empty && !self.is_empty()
    }

    /// They need not be introduced again: they were, by an event that nobody misses.
    fn note_introduced(&mut self, people: &People) {
        if self.introduced.len() > INTRODUCED_MAX {
            self.introduced.clear();
        }
        self.introduced.extend(people.iter().map(|user| user.id));
    }

    fn add_event(&mut self, event: &Introduced, batch: impl Fn(&mut Self) -> &mut Batch) -> bool {
        let was_empty = self.is_empty();
        let audience = self.audience();
        if !self.subscribers.is_empty() {
            batch(self).add(event, audience);
        }
        was_empty && !self.is_empty()
    }

    fn add(&mut self, subscriber: Arc<Subscriber>) {
        self.introduced.clear();
        self.streams += usize::from(subscriber.is_stream());
        self.subscribers.push(subscriber);
    }

    fn forget(&mut self, id: u64) {
        if let Some(at) = self.subscribers.iter().position(|subscriber| subscriber.id == id) {
            let gone = self.subscribers.swap_remove(at);
            self.streams -= usize::from(gone.is_stream());
        }
    }

    fn hand_over(&mut self, due: &mut Vec<Arc<Subscriber>>) {
        if self.is_empty() {
            return;
        }
        let (durable, ephemeral) = (self.durable.take(), self.ephemeral.take());
        for subscriber in &self.subscribers {
            let is_due = !durable.is_empty() && subscriber.queue(&durable);
            let is_due = (!ephemeral.is_empty() && subscriber.queue_ephemeral(&ephemeral)) || is_due;
            if is_due {
                due.push(Arc::clone(subscriber));
            }
        }
    }
}
