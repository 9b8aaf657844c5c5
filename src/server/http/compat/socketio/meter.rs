//! What one client sends, and how many bytes wait for it: the library counts packets.
//!
//! Bytes are counted from when they are handed to the library to when a socket takes them or a poll is answered with
//! them. What leaves has a few bytes more than what is counted, so the count never stays above zero by itself.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::Serialize;
use tokio::sync::Notify;

use crate::{error::AppError, server::limits::Frames};

/// How many bytes the library may hold for a client. What waits beyond that waits where every connection's events wait.
const HELD_BYTES: usize = 64 * 1024;

pub(super) struct Meter {
    frames: Mutex<Frames>,
    /// Half of all packets on a WebSocket: events are counted on their own and are refused first, pongs are not.
    packets: Mutex<Frames>,
    held: AtomicUsize,
    taken: Notify,
}

impl Meter {
    pub(super) fn new(mut frames: impl FnMut() -> Frames) -> Self {
        Self {
            frames: Mutex::new(frames()),
            packets: Mutex::new(frames()),
            held: AtomicUsize::new(0),
            taken: Notify::new(),
        }
    }

    /// Counts an event of the client.
    ///
    /// # Errors
    /// `RateLimited`.
    pub(super) fn command(&self) -> Result<(), AppError> {
        lock(&self.frames).command(1)
    }

    /// Counts an event that was refused. False if there were too many.
    pub(super) fn refusal(&self) -> bool {
        lock(&self.frames).refusal()
    }

    /// Counts what is no event, such as pings. False if there was too much.
    pub(super) fn others(&self, count: u32) -> bool {
        count == 0 || lock(&self.frames).others(count)
    }

    /// Counts pairs of packets, whatever they are. False if there were too many.
    pub(super) fn packets(&self, pairs: u32) -> bool {
        pairs == 0 || lock(&self.packets).others(pairs)
    }

    /// Counts bytes that are about to be handed to the library. False if it holds too many; then nothing is counted.
    pub(super) fn hold(&self, bytes: usize) -> bool {
        let more = |held| (held == 0 || held + bytes <= HELD_BYTES).then_some(held + bytes);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// So many bytes have left.
    pub(super) fn left(&self, bytes: usize) {
        let less = |held: usize| Some(held.saturating_sub(bytes));
        let _ = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        self.taken.notify_one();
    }

    /// Waits until bytes have left.
    pub(super) async fn changed(&self) {
        self.taken.notified().await;
    }
}

fn lock(frames: &Mutex<Frames>) -> MutexGuard<'_, Frames> {
    frames.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long this is as JSON.
pub(super) fn length(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    drop(serde_json::to_writer(&mut count, value));
    count.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::server::limits::{LimitTable, Limits};

    #[test]
    fn no_more_is_held_than_fits_and_one_packet_always_does() {
        let meter = Meter::new(|| Limits::new(&LimitTable::default()).frames());
        assert!(meter.hold(2 * HELD_BYTES) && !meter.hold(1));
        meter.left(2 * HELD_BYTES + 4);
        assert!(meter.hold(HELD_BYTES / 2) && meter.hold(HELD_BYTES / 2) && !meter.hold(1));
        meter.left(1);
        assert!(meter.hold(1) && !meter.hold(1));
    }

    #[test]
    fn a_length_is_that_of_what_is_sent() {
        let value = json!({"msg": "a \"quoted\" é\n", "id": 7});
        assert_eq!(length(&value), value.to_string().len());
    }
}
