//! Who is online at the other nodes: a set per node, which only that node changes.
//!
//! Pure: the clock is handed in. A node that is silent for `SILENCE_MAX` is forgotten with its users.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::GRACE;
use crate::model::{UserId, UserRef};

pub(in crate::server::live) const SILENCE_MAX: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(in crate::server::live) struct Peers {
    nodes: HashMap<Uuid, Peer>,
}

#[derive(Debug)]
struct Peer {
    users: Users,
    /// The parts of a snapshot so far, and its turn.
    gathered: (u64, Users),
    /// When it is forgotten unless it says something.
    until: Instant,
}

type Users = BTreeMap<UserId, UserRef>;

/// Users whom a node's set gained and lost.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server::live) struct Turnover {
    pub(in crate::server::live) gained: Vec<UserRef>,
    pub(in crate::server::live) lost: Vec<UserRef>,
}

impl Peers {
    pub(in crate::server::live) fn have(&self, user: UserId) -> bool {
        self.count(user) > 0
    }

    /// At how many nodes the user is online.
    pub(in crate::server::live) fn count(&self, user: UserId) -> usize {
        self.nodes.values().filter(|peer| peer.users.contains_key(&user)).count()
    }

    pub(in crate::server::live) fn find(&self, user: UserId) -> Option<&UserRef> {
        self.nodes.values().find_map(|peer| peer.users.get(&user))
    }

    pub(super) fn rename(&mut self, user: &UserRef) {
        let known = self.nodes.values_mut().filter_map(|peer| peer.users.get_mut(&user.id));
        known.filter(|known| known.seq < user.seq).for_each(|known| known.clone_from(user));
    }

    pub(in crate::server::live) fn users(&self) -> impl Iterator<Item = &UserRef> {
        self.nodes.values().flat_map(|peer| peer.users.values())
    }

    pub(in crate::server::live) fn change(
        &mut self,
        node: Uuid,
        user: UserRef,
        online: bool,
        now: Instant,
    ) -> Turnover {
        let peer = self.hear(node, now);
        let id = user.id;
        if online {
            let is_new = peer.users.insert(id, user.clone()).is_none();
            Turnover { gained: is_new.then_some(user).into_iter().collect(), lost: Vec::new() }
        } else {
            Turnover { gained: Vec::new(), lost: peer.users.remove(&id).into_iter().collect() }
        }
    }

    /// Takes a part of a node's snapshot; the last one replaces the node's set.
    pub(in crate::server::live) fn take_snapshot(
        &mut self,
        node: Uuid,
        turn: u64,
        is_last: bool,
        users: Vec<UserRef>,
        now: Instant,
    ) -> Turnover {
        let peer = self.hear(node, now);
        if peer.gathered.0 != turn {
            peer.gathered = (turn, Users::new());
        }
        peer.gathered.1.extend(users.into_iter().map(|user| (user.id, user)));
        if !is_last {
            return Turnover::default();
        }
        let new = std::mem::take(&mut peer.gathered.1);
        let only = |these: &Users, those: &Users| {
            these.values().filter(|user| !those.contains_key(&user.id)).cloned().collect()
        };
        let turnover = Turnover { gained: only(&new, &peer.users), lost: only(&peer.users, &new) };
        peer.users = new;
        turnover
    }

    /// The node stops; its users have a moment to come to another one.
    pub(in crate::server::live) fn part(&mut self, node: Uuid, now: Instant) -> Turnover {
        if let Some(peer) = self.nodes.get_mut(&node) {
            peer.until = now + GRACE;
        }
        Turnover::default()
    }

    /// Forgets silent nodes.
    pub(in crate::server::live) fn expire(&mut self, now: Instant) -> Turnover {
        let mut lost = Vec::new();
        self.nodes.retain(|_, peer| {
            let stays = peer.until > now;
            if !stays {
                lost.extend(std::mem::take(&mut peer.users).into_values());
            }
            stays
        });
        lost.sort_unstable_by_key(|user: &UserRef| user.id);
        lost.dedup_by_key(|user| user.id);
        Turnover { gained: Vec::new(), lost }
    }

    fn hear(&mut self, node: Uuid, now: Instant) -> &mut Peer {
        let until = now + SILENCE_MAX;
        let new = || Peer { users: Users::new(), gathered: (0, Users::new()), until };
        let peer = self.nodes.entry(node).or_insert_with(new);
        peer.until = until;
        peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seq;

    fn user(id: i64) -> UserRef {
        UserRef { id: UserId(id), username: format!("u{id}"), name: format!("U{id}"), seq: Seq(0) }
    }

    #[test]
    fn a_snapshot_mends_what_was_lost_on_the_way() {
        let (mut peers, node, now) = (Peers::default(), Uuid::now_v7(), Instant::now());
        peers.change(node, user(1), true, now);
        peers.change(node, user(2), true, now);
        assert_eq!(peers.take_snapshot(node, 1, false, vec![user(2)], now), Turnover::default());
        let turnover = peers.take_snapshot(node, 1, true, vec![user(3)], now);
        assert_eq!(turnover, Turnover { gained: vec![user(3)], lost: vec![user(1)] });
        // A part that was lost belongs to no other snapshot.
        peers.take_snapshot(node, 2, false, vec![user(9)], now);
        peers.take_snapshot(node, 3, true, vec![user(2), user(3)], now);
        assert!(!peers.have(UserId(9)) && peers.have(UserId(2)));
    }

    #[test]
    fn a_silent_node_is_forgotten_and_a_parting_one_sooner() {
        let (mut peers, now) = (Peers::default(), Instant::now());
        let (silent, parting, alive) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        for (node, id) in [(silent, 1), (parting, 2), (alive, 3)] {
            peers.change(node, user(id), true, now);
        }
        peers.part(parting, now);
        assert_eq!(peers.expire(now + GRACE).lost, [user(2)]);
        peers.change(alive, user(4), true, now + SILENCE_MAX);
        assert_eq!(peers.expire(now + SILENCE_MAX).lost, [user(1)]);
        assert_eq!(peers.users().count(), 2);
    }
}
