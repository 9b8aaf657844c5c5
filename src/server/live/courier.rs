//! The tasks that carry events from rooms to sockets.
//!
//! A room and a connection always go to the same courier. While a courier writes, more gathers, and it takes everything
//! that is there at once. Who has nothing else to do may carry a little by itself: order is kept by the rooms and queues,
//! whoever empties them.

use std::{cell::RefCell, sync::Arc};

use tokio::sync::mpsc;

use super::{channel::Channel, subscriber::Subscriber};
use crate::server::shard::shard;

/// More couriers than this would only wait for each other.
const MOST: usize = 8;
/// After so many writes others get a turn.
const TURN: usize = 64;
const BATCH: usize = 1_024;
/// Writes to so many connections take less than the commit of a message, and little more than waking a courier does.
const BY_HAND: usize = 128;

thread_local! {
    /// What the thread is called for while it carries by itself.
    static IN_HAND: RefCell<Option<Vec<Parcel>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
pub(super) struct Couriers {
    queues: Vec<mpsc::UnboundedSender<Parcel>>,
}

/// A room or a connection for which something waits. Each is in its queue at most once, so the queue is
/// bounded by their number.
#[derive(Debug)]
enum Parcel {
    Room(Arc<Channel>),
    One(Arc<Subscriber>),
}

impl Couriers {
    /// Starts them on the current runtime; they end with the last handle.
    pub(super) fn start() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let start = |_| {
            let (queue, parcels) = mpsc::unbounded_channel();
            tokio::spawn(carry(parcels));
            queue
        };
        Self { queues: (0..cores.min(MOST)).map(start).collect() }
    }

    /// Something waits in the room.
    pub(super) fn call_for_room(&self, channel: Arc<Channel>) {
        self.send(channel.room.0.unsigned_abs(), Parcel::Room(channel));
    }

    /// Something waits for the connection.
    pub(super) fn call_for(&self, subscriber: Arc<Subscriber>) {
        self.send(subscriber.id, Parcel::One(subscriber));
    }

    /// Carries what `tell` has to tell on this very thread, if few connections hear of it: to wake a courier costs
    /// more than some writes.
    pub(super) fn by_hand(&self, tell: impl FnOnce()) {
        /// Whatever happens meanwhile, the thread calls couriers again afterwards.
        struct Emptied;
        impl Drop for Emptied {
            fn drop(&mut self) {
                IN_HAND.set(None);
            }
        }
        IN_HAND.set(Some(Vec::new()));
        let emptied = Emptied;
        tell();
        let mut due = Vec::new();
        for parcel in IN_HAND.take().unwrap_or_default() {
            parcel.open(&mut due);
        }
        drop(emptied);
        if due.len() <= BY_HAND {
            due.iter().for_each(|subscriber| subscriber.flush());
        } else {
            due.into_iter().for_each(|subscriber| self.call_for(subscriber));
        }
    }

    fn send(&self, id: u64, parcel: Parcel) {
        let Some(parcel) = keep_in_hand(parcel) else { return };
        let at = shard(id, self.queues.len());
        // The receiver lives as long as the runtime.
        drop(self.queues[at].send(parcel));
    }
}

impl Parcel {
    /// Adds to `due` the connections that must be flushed.
    fn open(self, due: &mut Vec<Arc<Subscriber>>) {
        match self {
            Self::Room(channel) => channel.hand_over(due),
            Self::One(subscriber) => due.push(subscriber),
        }
    }
}

/// Gives the parcel back if this thread does not carry by itself.
fn keep_in_hand(parcel: Parcel) -> Option<Parcel> {
    IN_HAND.with_borrow_mut(|in_hand| match in_hand {
        Some(parcels) => {
            parcels.push(parcel);
            None
        }
        None => Some(parcel),
    })
}

async fn carry(mut parcels: mpsc::UnboundedReceiver<Parcel>) {
    let (mut batch, mut due) = (Vec::new(), Vec::new());
    while parcels.recv_many(&mut batch, BATCH).await > 0 {
        batch.drain(..).for_each(|parcel| parcel.open(&mut due));
        for (at, subscriber) in due.drain(..).enumerate() {
            if at % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            subscriber.flush();
        }
    }
}
