//! One open socket: what it does at the moment, and the guard that gives its place back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::sockets::{Key, Sockets};

/// A socket that waits for less time than this may be one of an ordinary client.
const SHORT: Duration = Duration::from_secs(1);

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// It has not sent a whole request yet.
    New,
    /// Its request is answered.
    Busy,
    /// It was answered, and has not sent another request yet.
    Idle,
    /// It speaks another protocol by now, which looks after it.
    Kept,
}

/// How little a connection deserves its place: the least value is closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Merit {
    class: u8,
    /// Milliseconds since the start of the table.
    pub(super) since: u64,
}

/// An open socket.
#[derive(Debug)]
pub(in crate::server::http) struct Socket {
    pub(super) key: Key,
    /// Closes it.
    pub(in crate::server::http) cut: CancellationToken,
    began: Instant,
    phase: AtomicU8,
    /// Since when it is in its phase, in milliseconds after `began`.
    since: AtomicU64,
    /// Since when its peer holds something up, in milliseconds after `began` and one more; 0 if it does not.
    stalled: AtomicU64,
}

impl Socket {
    pub(super) fn new(key: Key, began: Instant) -> Arc<Self> {
        let socket = Self {
            key,
            cut: CancellationToken::new(),
            began,
            phase: AtomicU8::new(Phase::New as u8),
            since: AtomicU64::new(0),
            stalled: AtomicU64::new(0),
        };
        socket.enter(Phase::New);
        Arc::new(socket)
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// The peer holds something up. True if it did not before.
    pub(super) fn stall(&self) -> bool {
        let is_new = self.stalled.load(Ordering::Relaxed) == 0;
        if is_new {
            self.stalled.store(self.now() + 1, Ordering::Relaxed);
        }
        is_new
    }

    /// The peer holds nothing up any more.
    pub(super) fn resume(&self) {
        self.stalled.store(0, Ordering::Relaxed);
    }

    /// What its place is worth; none if it may not be closed.
    pub(super) fn merit(&self) -> Option<Merit> {
        let (phase, since) = (self.phase.load(Ordering::Relaxed), self.since.load(Ordering::Relaxed));
        let stalled = self.stalled.load(Ordering::Relaxed);
        let waiting = match stalled {
            _ if phase == Phase::Kept as u8 => return None,
            1.. => stalled - 1,
            0 if phase == Phase::New as u8 => since,
            0 if phase == Phase::Idle as u8 => return Some(Merit { class: 1, since }),
            0 => return None,
        };
        let is_short = Duration::from_millis(self.now().saturating_sub(waiting)) < SHORT;
        Some(Merit { class: if is_short { 2 } else { 0 }, since: waiting })
    }

    /// Lets it be in its state for longer.
    #[cfg(test)]
    pub(super) fn make_older(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.since.fetch_sub(by, Ordering::Relaxed);
        if self.stalled.load(Ordering::Relaxed) > 0 {
            self.stalled.fetch_sub(by, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The place of an open socket. Dropping it gives the place back.
#[derive(Debug)]
pub(in crate::server::http) struct Seat {
    socket: Arc<Socket>,
    table: Arc<Sockets>,
}

impl Seat {
    pub(super) fn new(socket: Arc<Socket>, table: Arc<Sockets>) -> Self {
        Self { socket, table }
    }

    pub(super) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.table.remove(&self.socket.key);
    }
}
