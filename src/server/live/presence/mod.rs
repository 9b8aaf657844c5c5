//! Who is online: users with at least one connection to this node, with a grace for reloads and short
//! cuts, and those of whom other nodes tell.

pub(super) mod peers;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::peers::{Peers, Turnover};
use crate::model::{Seq, UserId, UserRef};

/// How long a user stays online after the last connection ended.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// If more are online, coming and going is told only to those who ask: each would cost a frame to each.
const CROWD: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Presence {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    here: BTreeMap<UserId, Entry>,
    peers: Peers,
    /// The latest change of each name since the start of this node.
    names: BTreeMap<UserId, Seq>,
}

#[derive(Debug)]
struct Entry {
    user: UserRef,
    connections: usize,
    /// Grows with each return, so that an earlier grace does not end a later stay.
    departures: usize,
}

/// How far an arrival or a departure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    /// The user was and is online here.
    Nowhere,
    /// It changes this node only: the user is online at another one.
    Here,
    Everywhere,
}

impl Presence {
    /// Counts a connection.
    pub(super) fn arrive(&self, user: &UserRef) -> Spread {
        let mut state = self.lock();
        let reach = match (state.here.contains_key(&user.id), state.peers.have(user.id)) {
            (true, _) => Spread::Nowhere,
            (false, true) => Spread::Here,
            (false, false) => Spread::Everywhere,
        };
        let entry = state.here.entry(user.id).or_insert_with(|| Entry {
            user: user.clone(),
            connections: 0,
            departures: 0,
        });
        // Another connection may know the user's name from before.
        if entry.user.seq < user.seq {
            entry.user = user.clone();
        }
        entry.connections += 1;
        reach
    }

    /// Uncounts a connection. True if it was the last one, and the grace begins.
    pub(super) fn disconnect(&self, user: UserId) -> bool {
        let mut state = self.lock();
        let Some(entry) = state.here.get_mut(&user) else { return false };
        entry.connections = entry.connections.saturating_sub(1);
        if entry.connections > 0 {
            return false;
        }
        entry.departures += 1;
        true
    }

    /// One grace is over. Gives who is gone, and how far that reaches; none if the user is here.
    pub(super) fn leave(&self, user: UserId) -> Option<(UserRef, Spread)> {
        let mut state = self.lock();
        let entry = state.here.get_mut(&user)?;
        entry.departures = entry.departures.saturating_sub(1);
        if entry.connections > 0 || entry.departures > 0 {
            return None;
        }
        let gone = state.here.remove(&user)?.user;
        Some((gone, if state.peers.have(user) { Spread::Here } else { Spread::Everywhere }))
    }

    /// Everyone, wherever they are connected, by id.
    pub(super) fn online(&self) -> Vec<UserRef> {
        let state = self.lock();
        let here = state.here.values().map(|entry| &entry.user);
        let all: BTreeMap<UserId, &UserRef> =
            state.peers.users().chain(here).map(|user| (user.id, user)).collect();
        all.into_values().cloned().collect()
    }

    /// Those of the users who are online.
    pub(super) fn online_of(&self, users: impl Iterator<Item = UserId>) -> Vec<UserRef> {
        let state = self.lock();
        let find = |user| state.here.get(&user).map(|entry| &entry.user).or_else(|| state.peers.find(user));
        users.filter_map(find).cloned().collect()
    }

    /// The user, if online.
    pub(super) fn find(&self, user: UserId) -> Option<UserRef> {
        self.online_of([user].into_iter()).pop()
    }

    /// Takes in another name. False if this or a later one is known.
    pub(super) fn rename(&self, user: &UserRef) -> bool {
        let mut state = self.lock();
        let State { here, peers, names } = &mut *state;
        if names.get(&user.id).is_some_and(|known| *known >= user.seq) {
            return false;
        }
        names.insert(user.id, user.seq);
        if let Some(entry) = here.get_mut(&user.id).filter(|entry| entry.user.seq < user.seq) {
            entry.user = user.clone();
        }
        peers.rename(user);
        true
    }

    /// The users who are connected to this node, or were a moment ago.
    pub(super) fn here(&self) -> Vec<UserRef> {
        self.lock().here.values().map(|entry| entry.user.clone()).collect()
    }

    /// Whether so many are online that nobody is told of each who comes and goes.
    pub(super) fn is_crowded(&self) -> bool {
        self.lock().here.len() > CROWD
    }

    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.lock().here.contains_key(&user)
    }

    /// Takes in what is known of other nodes. Gives who came online or went by it, as everyone sees it.
    pub(super) fn hear(&self, take: impl FnOnce(&mut Peers) -> Turnover) -> Vec<(UserRef, bool)> {
        let mut state = self.lock();
        let State { here, peers, .. } = &mut *state;
        let Turnover { gained, lost } = take(peers);
        let elsewhere =
            |user: &UserRef, nodes: usize| here.contains_key(&user.id) || peers.count(user.id) > nodes;
        let came = gained.iter().filter(|user| !elsewhere(user, 1)).map(|user| (user.clone(), true));
        let went = lost.iter().filter(|user| !elsewhere(user, 0)).map(|user| (user.clone(), false));
        came.chain(went).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use uuid::Uuid;

    use super::*;

    fn ana() -> UserRef {
        UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into(), seq: Seq(0) }
    }

    #[test]
    fn a_reload_does_not_flicker() {
        let (ana, presence) = (ana(), Presence::default());
        assert_eq!(presence.arrive(&ana), Spread::Everywhere);
        assert!(presence.disconnect(ana.id));
        assert_eq!(presence.arrive(&ana), Spread::Nowhere, "back within the grace");
        assert_eq!(presence.leave(ana.id), None, "the grace of the first stay ends nothing");
        assert!(presence.disconnect(ana.id));
        assert_eq!(presence.leave(ana.id), Some((ana.clone(), Spread::Everywhere)));
        assert!(presence.online().is_empty());
    }

    #[test]
    fn two_tabs_are_one_presence() {
        let (ana, presence) = (ana(), Presence::default());
        assert_eq!(presence.arrive(&ana), Spread::Everywhere);
        assert_eq!(presence.arrive(&ana), Spread::Nowhere);
        assert!(!presence.disconnect(ana.id));
        assert_eq!(presence.online().len(), 1);
    }

    #[test]
    fn who_moves_from_node_to_node_stays_online() {
        let (ana, presence) = (ana(), Presence::default());
        let (one, other, now) = (Uuid::now_v7(), Uuid::now_v7(), Instant::now());
        let tell = |node, online| presence.hear(|peers| peers.change(node, ana.clone(), online, now));
        assert_eq!(tell(one, true), [(ana.clone(), true)]);
        assert_eq!(tell(other, true), []);
        assert_eq!(tell(one, false), []);
        assert_eq!(presence.arrive(&ana), Spread::Here);
        assert_eq!(tell(other, false), []);
        assert!(presence.disconnect(ana.id));
        assert_eq!(tell(one, true), []);
        assert_eq!(presence.leave(ana.id), Some((ana.clone(), Spread::Here)));
        assert_eq!(presence.online().len(), 1);
        assert_eq!(tell(one, false), [(ana.clone(), false)]);
    }
}
