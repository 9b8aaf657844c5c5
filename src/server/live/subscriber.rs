//! One connection as the fan-out sees it: a bounded queue, and a way to be closed.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

use crate::model::{LiveEvent, UserId};

/// How many frames may wait for one connection.
pub(super) const QUEUE: usize = 512;

/// Why the server closes a connection, as a WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// A frame breaks the WebSocket protocol.
    Protocol = 1002,
    /// A text frame is not UTF-8.
    NotText = 1007,
    /// A frame is too large.
    TooLarge = 1009,
    /// The server stops; connect again.
    Restart = 1012,
    /// The session has ended; sign in again.
    SessionEnded = 4001,
    /// The client goes on sending frames that are refused.
    Flood = 4029,
    /// The client reads too slowly; connect again and resume.
    Slow = 4008,
}

#[derive(Debug)]
pub struct Subscriber {
    pub id: u64,
    pub user: UserId,
    pub session: String,
    queue: mpsc::Sender<Utf8Bytes>,
    close: OnceLock<Close>,
    closing: Notify,
}

impl Subscriber {
    pub(super) fn new(user: UserId, session: String) -> (Self, mpsc::Receiver<Utf8Bytes>) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (queue, frames) = mpsc::channel(QUEUE);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        (Self { id, user, session, queue, close: OnceLock::new(), closing: Notify::new() }, frames)
    }

    /// Queues a frame; a full queue closes the connection, since the frame would be lost.
    pub fn send(&self, frame: Utf8Bytes) {
        if self.queue.try_send(frame).is_err() {
            self.close(Close::Slow);
        }
    }

    /// Queues a frame that may be lost.
    pub fn send_ephemeral(&self, frame: Utf8Bytes) {
        drop(self.queue.try_send(frame));
    }

    /// Queues an event for this connection alone.
    pub fn tell(&self, event: &LiveEvent) {
        self.send(encode(event));
    }

    /// Asks the connection's task to close it. The first reason counts.
    pub fn close(&self, why: Close) {
        if self.close.set(why).is_ok() {
            self.closing.notify_one();
        }
    }

    /// Waits until the connection is to be closed.
    pub async fn closed(&self) -> Close {
        loop {
            if let Some(why) = self.close.get() {
                return *why;
            }
            self.closing.notified().await;
        }
    }
}

/// The frame of an event; made once, shared by all who hear it.
pub(super) fn encode(event: &LiveEvent) -> Utf8Bytes {
    match serde_json::to_string(event) {
        Ok(json) => json.into(),
        Err(error) => {
            tracing::error!(%error, "an event could not be encoded");
            Utf8Bytes::from_static(r#"{"type":"error","code":"internal","request_id":""}"#)
        }
    }
}
