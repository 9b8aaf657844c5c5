//! One connection as the fan-out sees it: what waits for it, and where it goes.
//!
//! Whoever has something to tell queues it and flushes. A flush writes bytes straight to a socket and never
//! waits; what the socket does not take at once stays queued until its connection's task finds room. The task of
//! a stream is woken and takes typed events. A queue that overflows ends the connection, which then resumes.

mod byte_queue;
mod event_queue;
mod flush_flag;
mod socket;
mod transport;

/// What `flush_flag` is built of, here and in its test.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, Ordering};
}

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{net::TcpStream, sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::{
    byte_queue::QUEUE_BYTES,
    transport::{Transport, hang_up},
};
use self::{
    byte_queue::{Added, ByteQueue, Kind},
    event_queue::EventQueue,
    flush_flag::FlushFlag,
};
use super::{
    Close,
    encoded::{Audience, EncodedEvent, News},
    frame,
};
use crate::model::{UserId, people::Introduced};

/// How many of the heartbeat's ticks a stream may take for its end.
const GOODBYE_TICKS: u32 = 10;
/// How much a stream works on at a time: a reader that takes nothing holds a few copies.
const TAKEN_BYTES: usize = 16 * 1024;
/// How long a socket may take nothing.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Subscriber {
    pub id: u64,
    pub user: UserId,
    pub session: String,
    outlet: Outlet,
    /// Whether a sender has been asked to flush.
    flush: FlushFlag,
    close: OnceLock<Close>,
    /// Wakes the connection's task.
    pub(super) wake: Notify,
    /// The heartbeat's ticks since the peer sent something.
    quiet: AtomicU32,
}

/// Where what waits goes.
#[derive(Debug)]
enum Outlet {
    Socket {
        socket: TcpStream,
        queue: Mutex<ByteQueue>,
    },
    /// The connection's task takes it; the token cuts the line of one that takes nothing.
    Stream {
        cut: CancellationToken,
        queue: Mutex<EventQueue>,
    },
}

impl Subscriber {
    pub(super) fn new(user: UserId, session: String, line: Transport) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let outlet = match line {
            Transport::Socket(socket) => Outlet::Socket { socket, queue: Mutex::default() },
            Transport::Stream(cut) => Outlet::Stream { cut, queue: Mutex::default() },
        };
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            user,
            session,
            outlet,
            flush: FlushFlag::new(),
            close: OnceLock::new(),
            wake: Notify::new(),
            quiet: AtomicU32::new(0),
        }
    }

    /// Queues events. True if a flush must be arranged. Overflow ends the connection, since the events would be
    /// lost.
    pub(super) fn queue(&self, news: &News) -> bool {
        self.queue_as(news, Kind::Durable)
    }

    /// Queues events that may be lost: a connection that is behind does not get them.
    pub(super) fn queue_ephemeral(&self, news: &News) -> bool {
        self.queue_as(news, Kind::Ephemeral)
    }

    fn queue_as(&self, news: &News, kind: Kind) -> bool {
        // After something that was lost, or for a session that has ended, nothing may follow.
        let is_over = || self.closing().is_some_and(|why| why != Close::Restart);
        let added = match &self.outlet {
            Outlet::Socket { queue, .. } => {
                let mut queue = lock(queue);
                if is_over() { Added::Nothing } else { queue.add(&news.frames, kind) }
            }
            Outlet::Stream { queue, .. } => {
                let mut queue = lock(queue);
                if is_over() { Added::Nothing } else { queue.add(news, kind) }
            }
        };
        match added {
            Added::All => self.flush.arrange(),
            Added::Nothing => false,
            Added::Overflow => {
                self.close(Close::Slow);
                false
            }
        }
    }

    /// Writes what waits, as far as the socket takes it, or wakes the task that does.
    pub(super) fn flush(&self) {
        self.flush.begin();
        match &self.outlet {
            Outlet::Stream { .. } => self.wake.notify_one(),
            Outlet::Socket { socket, queue } => {
                let mut queue = lock(queue);
                if queue.blocked.is_none() {
                    self.write(socket, &mut queue);
                }
            }
        }
    }

    /// Tells this connection alone, at once.
    pub fn tell(&self, event: &Introduced) {
        self.send(&News::of(std::slice::from_ref(event), self.audience()), Kind::Durable);
    }

    /// Gives this connection what it asked for, in one write.
    pub fn answer(&self, events: &[Introduced]) {
        self.send(&News::of(events, self.audience()), Kind::Answer);
    }

    /// Sends frames that a WebSocket library made, such as pongs.
    pub fn tell_frames(&self, frames: Bytes) {
        self.send(&News::of_frames(frames), Kind::Durable);
    }

    fn send(&self, news: &News, kind: Kind) {
        if self.queue_as(news, kind) {
            self.flush();
        }
    }

    pub(super) const fn is_stream(&self) -> bool {
        matches!(self.outlet, Outlet::Stream { .. })
    }

    /// What this connection takes.
    pub(super) const fn audience(&self) -> Audience {
        let streams = self.is_stream();
        Audience { sockets: !streams, streams }
    }

    pub(super) fn ping(&self) {
        self.tell_frames(Bytes::from_static(&frame::PING));
    }

    /// The peer sent something.
    pub fn hear(&self) {
        self.quiet.store(0, Ordering::Relaxed);
    }

    /// One more tick without a word; gives their number. A peer that cannot speak is never quiet.
    pub(super) fn tick(&self) -> u32 {
        let Outlet::Stream { cut, .. } = &self.outlet else {
            return self.quiet.fetch_add(1, Ordering::Relaxed) + 1;
        };
        // Who is to be closed and does not even take the goodbye.
        if self.closing().is_some() && self.quiet.fetch_add(1, Ordering::Relaxed) >= GOODBYE_TICKS {
            cut.cancel();
        }
        0
    }

    /// Asks the connection's task to end it. The first reason counts.
    pub fn close(&self, why: Close) {
        if self.close.set(why).is_ok() {
            self.wake.notify_one();
        }
    }

    /// Why the connection is to end, once it is.
    pub fn closing(&self) -> Option<Close> {
        self.close.get().copied()
    }

    /// Since when the socket takes no more.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        match &self.outlet {
            Outlet::Socket { queue, .. } => lock(queue).blocked,
            Outlet::Stream { .. } => None,
        }
    }

    /// Waits until events are there to be taken, or `closing` is to be looked at: for the task of a stream.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The next events that wait for a stream: about `TAKEN_BYTES`, while the rest stays queued and is counted there.
    /// Empty if nothing waits, or once its session has ended.
    pub fn take(&self) -> Vec<Arc<EncodedEvent>> {
        let Outlet::Stream { queue, .. } = &self.outlet else { return Vec::new() };
        let events = lock(queue).take(TAKEN_BYTES);
        if self.closing() == Some(Close::SessionEnded) { Vec::new() } else { events }
    }

    pub const fn socket(&self) -> Option<&TcpStream> {
        match &self.outlet {
            Outlet::Socket { socket, .. } => Some(socket),
            Outlet::Stream { .. } => None,
        }
    }
}

pub(super) fn lock<Q>(queue: &Mutex<Q>) -> MutexGuard<'_, Q> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
