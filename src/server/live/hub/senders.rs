//! The tasks that carry events from rooms to sockets.
//!
//! A room and a connection always go to the same sender. While a sender writes, more gathers, and it takes everything
//! that is there at once. What few connections hear the writer sends inline, by its own thread: order is kept by the rooms and the
//! queues, whoever empties them. At high rates what it has just committed is no little any more.

use std::{cell::RefCell, sync::Arc};

use tokio::sync::mpsc;

use super::channel::Channel;
use crate::server::{live::subscriber::Subscriber, shard::shard};

/// More senders than this would only wait for each other.
const MOST: usize = 8;
/// After so many writes others get a turn.
const TURN: usize = 64;
const BATCH: usize = 1_024;
/// Writes to so many connections take less than the commit of a message, and little more than waking a sender does.
const INLINE_MAX: usize = 128;

thread_local! {
    /// What the thread is called for while it sends inline.
    static INLINE: RefCell<Option<Vec<Waiting>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
pub(super) struct Senders {
    queues: Vec<mpsc::UnboundedSender<Waiting>>,
}

/// A room or a connection for which something waits. Each is in its queue at most once, so the queue is
/// bounded by their number.
#[derive(Debug)]
enum Waiting {
    Room(Arc<Channel>),
    One(Arc<Subscriber>),
}

impl Senders {
    /// Starts them on the current runtime; they end with the last handle.
    pub(super) fn start() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let start = |_| {
            let (queue, waiting) = mpsc::unbounded_channel();
            tokio::spawn(send(waiting));
            queue
        };
        Self { queues: (0..cores.min(MOST)).map(start).collect() }
    }

    /// Something waits in the room.
    pub(super) fn call_for_room(&self, channel: Arc<Channel>) {
        self.send(Waiting::Room(channel));
    }

    /// Something waits for the connection.
    pub(super) fn call_for(&self, subscriber: Arc<Subscriber>) {
        self.send(Waiting::One(subscriber));
    }

    /// Sends what `tell` has to tell on this very thread, if few connections hear of it: to wake a sender costs more
    /// than some writes.
    pub(super) fn send_inline(&self, tell: impl FnOnce()) {
        INLINE.set(Some(Vec::new()));
        // Also if it panics: whoever is told later relies on it that somebody was called for what waits.
        let inline = Inline(self);
        tell();
        let waiting = INLINE.take().unwrap_or_default();
        if waiting.iter().map(Waiting::weight).sum::<usize>() <= INLINE_MAX {
            let mut due = Vec::new();
            waiting.into_iter().for_each(|waiting| waiting.open(&mut due));
            due.iter().for_each(|subscriber| subscriber.flush());
        } else {
            INLINE.set(Some(waiting));
        }
        drop(inline);
    }

    fn send(&self, waiting: Waiting) {
        let Some(waiting) = keep_inline(waiting) else { return };
        let at = shard(waiting.id(), self.queues.len());
        // The receiver lives as long as the runtime.
        drop(self.queues[at].send(waiting));
    }
}

/// A thread that sends inline; dropped, it leaves what it has not sent to the senders.
struct Inline<'a>(&'a Senders);

impl Drop for Inline<'_> {
    fn drop(&mut self) {
        let left = INLINE.take().unwrap_or_default();
        left.into_iter().for_each(|waiting| self.0.send(waiting));
    }
}

impl Waiting {
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

/// Gives it back if this thread does not send inline.
fn keep_inline(waiting: Waiting) -> Option<Waiting> {
    INLINE.with_borrow_mut(|inline| match inline {
        Some(kept) => {
            kept.push(waiting);
            None
        }
        None => Some(waiting),
    })
}

async fn send(mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    let (mut batch, mut due) = (Vec::new(), Vec::new());
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        batch.drain(..).for_each(|waiting| waiting.open(&mut due));
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

    use super::*;
    use crate::{
        model::{Ephemeral, RoomId, UserId},
        server::live::{Hub, Subscriber, Transport},
    };

    const ROOM: RoomId = RoomId(1);

    /// So many connections in the room, who were greeted. On a runtime of one thread no sender does anything until
    /// the test waits for something.
    async fn connections(hub: &Hub, count: usize) -> Vec<Arc<Subscriber>> {
        let connect = |_| {
            let line = Transport::Stream(CancellationToken::new());
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
    async fn what_few_hear_is_sent_inline_and_what_many_hear_by_senders() {
        for (size, at_once) in [(2, 2), (INLINE_MAX + 1, 0)] {
            let hub = Hub::start();
            let members = connections(&hub, size).await;
            hub.send_inline(|| (0..2).for_each(|_| publish(&hub)));
            assert_eq!(members[0].take().len(), at_once, "{size}");
            for member in &members[1..] {
                assert_eq!(heard(member).await, 2, "{size}");
            }
        }
    }

    #[tokio::test]
    async fn what_was_told_before_a_panic_is_sent_and_so_is_what_comes_later() {
        let hub = Hub::start();
        let members = connections(&hub, 1).await;
        let told = catch_unwind(AssertUnwindSafe(|| {
            hub.send_inline(|| {
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
