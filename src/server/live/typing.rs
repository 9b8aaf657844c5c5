//! Who is typing where. Void after six seconds without a word.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::model::{People, RoomId, UserId, UserRef};

/// How long a client's word lasts; with the tick it is stale for at most six seconds.
const LIFE: Duration = Duration::from_secs(5);
pub(super) const TICK: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Typing {
    rooms: Mutex<Rooms>,
}

/// Per room who types, and until when that is believed.
type Rooms = HashMap<RoomId, BTreeMap<UserId, (UserRef, Instant)>>;

impl Typing {
    /// Begins or renews.
    pub(super) fn start(&self, room: RoomId, user: &UserRef) {
        let entry = (user.clone(), Instant::now() + LIFE);
        self.lock().entry(room).or_default().insert(user.id, entry);
    }

    /// True if the user was typing.
    pub(super) fn stop(&self, room: RoomId, user: UserId) -> bool {
        let mut rooms = self.lock();
        let Some(users) = rooms.get_mut(&room) else { return false };
        let was_typing = users.remove(&user).is_some();
        if users.is_empty() {
            rooms.remove(&room);
        }
        was_typing
    }

    /// Forgets whose time is over and names the rooms that changed.
    pub(super) fn expire(&self) -> Vec<RoomId> {
        let now = Instant::now();
        let mut changed = Vec::new();
        self.lock().retain(|room, users| {
            let before = users.len();
            users.retain(|_, (_, until)| *until > now);
            if users.len() < before {
                changed.push(*room);
            }
            !users.is_empty()
        });
        changed
    }

    pub(super) fn users(&self, room: RoomId) -> People {
        let rooms = self.lock();
        rooms.get(&room).into_iter().flat_map(BTreeMap::values).map(|(user, _)| user.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
