//! The tasks that carry events from rooms to sockets.
//!
//! A room and a connection always go to the same courier, so what it carries keeps its order. While a
//! courier writes, more gathers, and it takes everything that is there at once.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{channel::Channel, subscriber::Subscriber};
use crate::server::shard::shard;

/// More couriers than this would only wait for each other.
const MOST: usize = 8;
/// After so many writes others get a turn.
const TURN: usize = 64;
const BATCH: usize = 1_024;

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

    fn send(&self, id: u64, parcel: Parcel) {
        let at = shard(id, self.queues.len());
        // The receiver lives as long as the runtime.
        drop(self.queues[at].send(parcel));
    }
}

async fn carry(mut parcels: mpsc::UnboundedReceiver<Parcel>) {
    let (mut batch, mut due) = (Vec::new(), Vec::new());
    while parcels.recv_many(&mut batch, BATCH).await > 0 {
        for parcel in batch.drain(..) {
            match parcel {
                Parcel::Room(channel) => channel.hand_over(&mut due),
                Parcel::One(subscriber) => due.push(subscriber),
            }
        }
        for (at, subscriber) in due.drain(..).enumerate() {
            if at % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            subscriber.flush();
        }
    }
}
