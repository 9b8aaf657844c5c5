//! The tasks that carry events from rooms to sockets.
//!
//! A room and a connection always go to the same courier. While a courier writes, more gathers, and it takes everything
//! that is there at once. A writer is its own courier for a little: order is kept by the rooms and the queues, whoever
//! empties them. At high rates what it has just committed is no little any more.

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
        self.send(Parcel::Room(channel));
    }

    /// Something waits for the connection.
    pub(super) fn call_for(&self, subscriber: Arc<Subscriber>) {
        self.send(Parcel::One(subscriber));
    }

    /// Carries what `tell` has to tell on this very thread, if few connections hear of it: to wake a courier costs
    /// more than some writes.
    pub(super) fn by_hand(&self, tell: impl FnOnce()) {
        IN_HAND.set(Some(Vec::new()));
        // Also if it panics: whoever is told later relies on it that somebody was called for what waits.
        let hand = Hand(self);
        tell();
        let parcels = IN_HAND.take().unwrap_or_default();
        if parcels.iter().map(Parcel::weight).sum::<usize>() <= BY_HAND {
            let mut due = Vec::new();
            parcels.into_iter().for_each(|parcel| parcel.open(&mut due));
            due.iter().for_each(|subscriber| subscriber.flush());
        } else {
            IN_HAND.set(Some(parcels));
        }
        drop(hand);
    }

    fn send(&self, parcel: Parcel) {
        let Some(parcel) = keep_in_hand(parcel) else { return };
        let at = shard(parcel.id(), self.queues.len());
        // The receiver lives as long as the runtime.
        drop(self.queues[at].send(parcel));
    }
}

/// A thread that carries by itself; dropped, it leaves what is in its hand to the couriers.
struct Hand<'a>(&'a Couriers);

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        let left = IN_HAND.take().unwrap_or_default();
        left.into_iter().for_each(|parcel| self.0.send(parcel));
    }
}

impl Parcel {
    fn id(&self) -> u64 {
        match self {
            Self::Room(channel) => channel.room.0.unsigned_abs(),
            Self::One(subscriber) => subscriber.id,
        }
    }

    /// How many connections it is for.
    fn weight(&self) -> usize {
        match self {
            Self::Room(channel) => channel.len(),
            Self::One(_) => 1,
        }
    }

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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use tokio_util::sync::CancellationToken;

    use super::{
        super::{Hub, Line, Subscriber},
        *,
    };
    use crate::model::{Ephemeral, RoomId, UserId};

    const ROOM: RoomId = RoomId(1);

    /// So many connections in the room, who were greeted. On a runtime of one thread no courier does anything until
    /// the test waits for something.
    async fn connections(hub: &Hub, count: usize) -> Vec<Arc<Subscriber>> {
        let connect = |_| {
            let line = Line::Stream(CancellationToken::new());
            let subscriber = hub.register(UserId(10), "s".into(), line, &Ephemeral::Pong {}.into());
            hub.subscribe(&subscriber, vec![ROOM]);
            subscriber
        };
        let connections: Vec<_> = (0..count).map(connect).collect();
        for subscriber in &connections {
            heard(subscriber).await;
        }
        connections
    }

    /// How many events the connection got, once it is woken.
    async fn heard(subscriber: &Subscriber) -> usize {
        subscriber.woken().await;
        subscriber.take().len()
    }

    fn publish(hub: &Hub) {
        hub.publish(ROOM, &Ephemeral::Pong {}.into());
    }

    #[tokio::test]
    async fn what_few_hear_is_carried_at_once_and_what_many_hear_by_couriers() {
        for (size, at_once) in [(2, 2), (BY_HAND + 1, 0)] {
            let hub = Hub::start();
            let members = connections(&hub, size).await;
            hub.by_hand(|| (0..2).for_each(|_| publish(&hub)));
            assert_eq!(members[0].take().len(), at_once, "{size}");
            for member in &members[1..] {
                assert_eq!(heard(member).await, 2, "{size}");
            }
        }
    }

    #[tokio::test]
    async fn what_was_told_before_a_panic_is_carried_and_so_is_what_comes_later() {
        let hub = Hub::start();
        let members = connections(&hub, 1).await;
        let told = catch_unwind(AssertUnwindSafe(|| {
            hub.by_hand(|| {
                publish(&hub);
                panic!("a bug");
            });
        }));
        assert!(told.is_err());
        assert_eq!(heard(&members[0]).await, 1);
        publish(&hub);
        assert_eq!(heard(&members[0]).await, 1);
    }
}
