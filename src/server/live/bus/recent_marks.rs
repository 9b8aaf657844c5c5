//! Whose marks moved here in the last moments. Should NATS have been away, or another node, then these were not heard:
//! unlike a message, a mark leaves no gap by which it is missed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::model::{Ephemeral, RoomId, UserId};

/// Longer than it takes until it shows that somebody is not heard.
const DOUBTFUL: Duration = Duration::from_secs(10);
/// More are not kept: they are told by the next mark, or the next `sync`.
const MOST: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct RecentMarks(Mutex<HashMap<(RoomId, UserId), Instant>>);

impl RecentMarks {
    /// The event is told to other nodes.
    pub(super) fn note(&self, event: &Ephemeral) {
        if let Ephemeral::Receipt { room, user, .. } = event {
            let mut members = self.lock();
            if members.len() < MOST || members.contains_key(&(*room, *user)) {
                members.insert((*room, *user), Instant::now());
            }
        }
    }

    /// Everyone has been heard for long.
    pub(super) fn forget_old(&self) {
        self.lock().retain(|_, at| at.elapsed() < DOUBTFUL);
    }

    pub(super) fn take(&self) -> Vec<(RoomId, UserId)> {
        std::mem::take(&mut *self.lock()).into_keys().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(RoomId, UserId), Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
