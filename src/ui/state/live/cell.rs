//! The place of the live state: whoever writes to it wakes those who look at a topic that changed, and nobody else.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use leptos::prelude::*;

use crate::model::{LiveState, live::Topic, sorted::Sorted};

/// The state, shared by the views and the connection.
#[derive(Clone)]
pub(in crate::ui::state) struct LiveCell(Arc<Shared>);

struct Shared {
    state: RwLock<LiveState>,
    watches: Mutex<Watches>,
}

/// The topics that anybody looks at.
#[derive(Default)]
struct Watches {
    topics: Sorted<Topic, Watch>,
    /// The version of all rooms, when those who look at one were woken last.
    rooms: u64,
}

struct Watch {
    /// The topic's, when those who look at it were woken last.
    version: u64,
    trigger: ArcTrigger,
}

impl LiveCell {
    pub(super) fn new(state: LiveState) -> Self {
        Self(Arc::new(Shared { state: RwLock::new(state), watches: Mutex::default() }))
    }

    /// Looks without being woken by changes.
    pub(in crate::ui::state) fn with<T>(&self, look: impl FnOnce(&LiveState) -> T) -> T {
        look(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes, and wakes whoever must look again.
    pub(in crate::ui::state) fn update<T>(&self, write: impl FnOnce(&mut LiveState) -> T) -> T {
        let value = write(&mut self.0.state.write().unwrap_or_else(PoisonError::into_inner));
        let changed = self.with(|state| self.with_watches(|watches| watches.take_changed(state)));
        changed.iter().for_each(Notify::notify);
        value
    }

    /// Has whatever reacts now woken when the topic changes.
    pub(super) fn track(&self, topic: Topic) {
        let version = self.with(|state| state.version(topic));
        let trigger = self.with_watches(|watches| watches.watch(topic, version));
        trigger.track();
    }

    fn with_watches<T>(&self, use_them: impl FnOnce(&mut Watches) -> T) -> T {
        use_them(&mut self.0.watches.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watches {
    fn watch(&mut self, topic: Topic, version: u64) -> ArcTrigger {
        if let Some(watch) = self.topics.get(&topic) {
            return watch.trigger.clone();
        }
        let trigger = ArcTrigger::new();
        self.topics.insert(topic, Watch { version, trigger: trigger.clone() });
        trigger
    }

    fn take_changed(&mut self, state: &LiveState) -> Vec<ArcTrigger> {
        let rooms = state.version(Topic::Rooms);
        // They are many, and seldom has one changed.
        let of_rooms = (std::mem::replace(&mut self.rooms, rooms) != rooms).then(|| state.room_versions());
        let mut changed = Vec::new();
        for (topic, watch) in self.topics.iter_mut() {
            let version = match (topic, &of_rooms) {
                (Topic::Room(_), None) => continue,
                (Topic::Room(room), Some(versions)) => versions.get(room).copied().unwrap_or_default(),
                _ => state.version(*topic),
            };
            if std::mem::replace(&mut watch.version, version) != version {
                changed.push(watch.trigger.clone());
            }
        }
        changed
    }
}
