//! Who is online: users with at least one connection, with a grace for reloads and short cuts.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::{UserId, UserRef};

/// How long a user stays online after the last connection ended.
pub(super) const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Presence {
    users: Mutex<BTreeMap<UserId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    user: UserRef,
    connections: usize,
    /// Grows with each return, so that an earlier grace does not end a later stay.
    departures: usize,
}

impl Presence {
    /// Counts a connection. True if the user was not online before.
    pub(super) fn arrive(&self, user: &UserRef) -> bool {
        let mut users = self.lock();
        let is_new = !users.contains_key(&user.id);
        let entry = users.entry(user.id).or_insert_with(|| Entry {
            user: user.clone(),
            connections: 0,
            departures: 0,
        });
        entry.connections += 1;
        is_new
    }

    /// Uncounts a connection. True if it was the last one, and the grace begins.
    pub(super) fn disconnect(&self, user: UserId) -> bool {
        let mut users = self.lock();
        let Some(entry) = users.get_mut(&user) else { return false };
        entry.connections = entry.connections.saturating_sub(1);
        if entry.connections > 0 {
            return false;
        }
        entry.departures += 1;
        true
    }

    /// One grace is over. True if the user is offline now.
    pub(super) fn leave(&self, user: UserId) -> bool {
        let mut users = self.lock();
        let Some(entry) = users.get_mut(&user) else { return false };
        entry.departures = entry.departures.saturating_sub(1);
        if entry.connections > 0 || entry.departures > 0 {
            return false;
        }
        users.remove(&user);
        true
    }

    pub(super) fn online(&self) -> Vec<UserRef> {
        self.lock().values().map(|entry| entry.user.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserId, Entry>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_does_not_flicker() {
        let ana = UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into() };
        let presence = Presence::default();
        assert!(presence.arrive(&ana));
        assert!(presence.disconnect(ana.id));
        assert!(!presence.arrive(&ana), "back within the grace");
        assert!(!presence.leave(ana.id), "the grace of the first stay ends nothing");
        assert!(presence.disconnect(ana.id));
        assert!(presence.leave(ana.id));
        assert!(presence.online().is_empty());
    }

    #[test]
    fn two_tabs_are_one_presence() {
        let ana = UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into() };
        let presence = Presence::default();
        assert!(presence.arrive(&ana));
        assert!(!presence.arrive(&ana));
        assert!(!presence.disconnect(ana.id));
        assert_eq!(presence.online().len(), 1);
    }
}
