//! Who is connected, by connection, user, session and room. Only the hub uses it, under its lock.

use std::{collections::HashMap, sync::Arc};

use super::channel::Channel;
use crate::{
    model::{RoomId, UserId},
    server::live::subscriber::Subscriber,
};

/// Connections that must be flushed.
pub(super) type ToFlush = Vec<Arc<Subscriber>>;

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) connections: HashMap<u64, Entry>,
    pub(super) users: HashMap<UserId, Vec<u64>>,
    pub(super) sessions: HashMap<String, Vec<u64>>,
    pub(super) rooms: HashMap<RoomId, Arc<Channel>>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) subscriber: Arc<Subscriber>,
    pub(super) rooms: Vec<RoomId>,
    /// Rooms entered and left while the connection's rooms are being read from the database.
    pub(super) noted: Option<Vec<Move>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Enter(RoomId),
    Leave(RoomId),
}

impl Index {
    pub(super) fn of_user(&self, user: UserId) -> impl Iterator<Item = &Entry> {
        let ids = self.users.get(&user).into_iter().flatten();
        ids.filter_map(|id| self.connections.get(id))
    }

    /// Those of the user's connections that are `wanted`.
    pub(super) fn select(&self, user: UserId, wanted: impl Fn(&Entry) -> bool) -> ToFlush {
        self.of_user(user).filter(|entry| wanted(entry)).map(|entry| Arc::clone(&entry.subscriber)).collect()
    }

    pub(super) fn take_for_user(&mut self, user: UserId, step: Move, due: &mut ToFlush) {
        let ids = self.users.get(&user).cloned().unwrap_or_default();
        ids.into_iter().for_each(|id| self.take(id, step, due));
    }

    pub(super) fn take(&mut self, id: u64, step: Move, due: &mut ToFlush) {
        let Some(entry) = self.connections.get_mut(&id) else { return };
        if let Some(noted) = &mut entry.noted {
            noted.push(step);
            return;
        }
        match step {
            Move::Enter(room) if !entry.rooms.contains(&room) => {
                entry.rooms.push(room);
                let channel = self.rooms.entry(room).or_insert_with(|| Arc::new(Channel::new(room)));
                channel.add(Arc::clone(&entry.subscriber), due);
            }
            Move::Leave(room) if entry.rooms.contains(&room) => {
                entry.rooms.retain(|entered| *entered != room);
                self.drop_from(room, id, due);
            }
            Move::Enter(_) | Move::Leave(_) => {}
        }
    }

    pub(super) fn drop_from(&mut self, room: RoomId, id: u64, due: &mut ToFlush) {
        if let Some(channel) = self.rooms.get(&room)
            && channel.remove(id, due)
        {
            self.rooms.remove(&room);
        }
    }
}

/// Removes `id` from the list under `key`, and the list with its last one.
pub(super) fn drop_from<K: std::hash::Hash + Eq>(lists: &mut HashMap<K, Vec<u64>>, key: &K, id: u64) {
    if let Some(ids) = lists.get_mut(key) {
        ids.retain(|known| *known != id);
        if ids.is_empty() {
            lists.remove(key);
        }
    }
}
