//! One connection as the fan-out sees it: what waits for it, and the socket that takes it.
//!
//! Whoever has something to tell queues bytes and flushes; a flush writes straight to the socket and
//! never waits. What a socket does not take at once stays queued, bounded, until its connection's task
//! finds room. A queue that overflows ends the connection, which then resumes.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::body::Bytes;
use tokio::{io::Interest, net::TcpStream, sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Close,
    due::Due,
    frame,
    line::{Line, hang_up},
    queue::{QUEUE_BYTES, Queue},
};
use crate::model::{LiveEvent, UserId};

/// How many of the keeper's ticks a stream may take for its end.
const GOODBYE_TICKS: u32 = 10;
/// How much a connection without a socket of its own works on at a time: a reader that takes nothing holds a few copies.
const TAKEN_BYTES: usize = 16 * 1024;
/// How long a socket may take nothing.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Subscriber {
    pub id: u64,
    pub user: UserId,
    pub session: String,
    /// None if the connection's task takes what waits and writes it itself.
    socket: Option<TcpStream>,
    cut: Option<CancellationToken>,
    queue: Mutex<Queue>,
    /// Whether a courier has been asked to flush.
    due: Due,
    close: OnceLock<Close>,
    /// Wakes the connection's task.
    wake: Notify,
    /// The keeper's ticks since the peer sent something.
    quiet: AtomicU32,
}

impl Subscriber {
    pub(super) fn new(user: UserId, session: String, line: Line) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (socket, cut) = match line {
            Line::Socket(socket) => (Some(socket), None),
            Line::Stream(cut) => (None, Some(cut)),
        };
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            user,
            session,
            socket,
            cut,
            queue: Mutex::default(),
            due: Due::new(),
            close: OnceLock::new(),
            wake: Notify::new(),
            quiet: AtomicU32::new(0),
        }
    }

    /// Queues frames. True if a flush must be arranged. Overflow ends the connection, since the frames
    /// would be lost.
    pub(super) fn queue(&self, frames: Bytes) -> bool {
        self.queue_as(frames, false)
    }

    fn queue_as(&self, frames: Bytes, is_answer: bool) -> bool {
        let mut queue = self.lock();
        // After a frame that was lost, or for a session that has ended, nothing may follow.
        if queue.ended || self.closing().is_some_and(|why| why != Close::Restart) {
            return false;
        }
        if queue.is_full(frames.len(), is_answer, self.socket.is_none()) {
            drop(queue);
            self.close(Close::Slow);
            return false;
        }
        if is_answer {
            queue.push_answer(frames)
        } else {
            queue.push(frames)
        }
        drop(queue);
        self.due.arrange()
    }

    /// Queues frames that may be lost: a socket that is behind does not get them.
    pub(super) fn queue_ephemeral(&self, frames: Bytes) -> bool {
        let is_behind = {
            let queue = self.lock();
            queue.blocked.is_some() || (self.socket.is_none() && queue.bytes > QUEUE_BYTES / 2)
        };
        !is_behind && self.queue(frames)
    }

    /// Writes what waits, as far as the socket takes it.
    pub(super) fn flush(&self) {
        self.due.begin();
        let Some(socket) = &self.socket else { return self.wake.notify_one() };
        let mut queue = self.lock();
        if queue.blocked.is_none() {
            self.write(socket, &mut queue);
        }
    }

    /// Tells this connection alone, at once.
    pub fn tell(&self, event: &LiveEvent) {
        self.tell_frames(frame::of(event));
    }

    /// Gives this connection what it asked for, in one write.
    pub fn answer(&self, events: &[LiveEvent]) {
        let mut frames = Vec::new();
        events.iter().for_each(|event| frame::append(&mut frames, event));
        if self.queue_as(frames.into(), true) {
            self.flush();
        }
    }

    /// Sends frames that a WebSocket library made, such as pongs.
    pub fn tell_frames(&self, frames: Bytes) {
        if self.queue(frames) {
            self.flush();
        }
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
        let Some(cut) = &self.cut else { return self.quiet.fetch_add(1, Ordering::Relaxed) + 1 };
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
        self.lock().blocked
    }

    /// Waits until the peer has sent something, or `closing` is to be looked at. Meanwhile writes what
    /// the socket had no room for. None without a socket: then something waits to be taken.
    ///
    /// # Errors
    /// Those of the socket.
    pub async fn ready(&self) -> io::Result<Option<&TcpStream>> {
        let Some(socket) = &self.socket else {
            self.wake.notified().await;
            return Ok(None);
        };
        loop {
            let is_blocked = self.lock().blocked.is_some();
            let interest =
                if is_blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            let ready = tokio::select! {
                ready = socket.ready(interest) => ready?,
                () = self.wake.notified() => {
                    if self.closing().is_some() { return Ok(Some(socket)) }
                    continue;
                }
            };
            if ready.is_writable() && is_blocked {
                self.write(socket, &mut self.lock());
            }
            if ready.is_readable() || ready.is_read_closed() {
                return Ok(Some(socket));
            }
        }
    }

    /// The next of what waits, for a connection without a socket of its own: about `TAKEN_BYTES`, while the rest stays
    /// queued and is counted there. Empty if nothing waits, or once its session has ended.
    pub fn take(&self) -> Vec<Bytes> {
        let chunks = self.lock().take(TAKEN_BYTES);
        if self.closing() == Some(Close::SessionEnded) { Vec::new() } else { chunks }
    }

    pub fn socket(&self) -> Option<&TcpStream> {
        self.socket.as_ref()
    }

    /// Sends what waits and the close frame, and nothing after it; gives up on a socket that takes nothing.
    pub async fn end(&self, why: Close) {
        let Some(socket) = self.socket.as_ref().filter(|_| why != Close::Gone) else { return };
        self.lock().end(why);
        let sending = async {
            loop {
                {
                    let mut queue = self.lock();
                    self.write(socket, &mut queue);
                    if queue.blocked.is_none() {
                        return;
                    }
                }
                if socket.writable().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(WRITE_DEADLINE, sending).await.is_ok() {
            hang_up(socket).await;
        }
    }

    fn write(&self, socket: &TcpStream, queue: &mut Queue) {
        match queue.write(socket) {
            Err(_) => self.close(Close::Gone),
            Ok(()) if queue.blocked.is_some() => self.wake.notify_one(),
            Ok(()) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
