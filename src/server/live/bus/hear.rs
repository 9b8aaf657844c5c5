//! What happens here when another node tells something.

use std::time::{Duration, Instant};

use futures::StreamExt as _;

use super::{
    Bus, Job, is_fresh, place,
    word::{PresenceWord, RoomWord, UserWord, unpack},
};
use crate::{
    model::{LiveEvent, Member, RoomId, Seq, UserId},
    server::live::{Live, peers},
};

/// How often a node tells everyone who is online there, though nothing changed.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(10);
const _: () = assert!(SNAPSHOT_EVERY.as_secs() * 2 < peers::SILENCE_MAX.as_secs());
const TICK: Duration = Duration::from_secs(1);

impl Live {
    /// Takes a durable event, of this node or another, through the room's gate.
    pub(in crate::server::live) fn take_change(&self, bus: &Bus, id: RoomId, event: LiveEvent) {
        let moved = match &event {
            LiveEvent::Member(Member { seq, user, joined, .. }) => Some((user.id, *seq, *joined)),
            _ => None,
        };
        if let (Some(seq), Some(room)) = (place(&event), bus.room(id)) {
            room.with(|state| {
                state.gate.offer(seq, event, |_, event| self.deliver(id, &event));
                if state.gate.is_waiting() && !state.is_repairing {
                    state.is_repairing = bus.ask(Job::Repair(id));
                }
            });
        }
        if let Some((user, seq, joined)) = moved {
            self.check_place(id, user, seq, joined);
        }
    }

    /// Asks for the database's word if the user's connections do not hear of the room, or not, as they must
    /// since its change `seq`.
    pub fn check_place(&self, room: RoomId, user: UserId, seq: Seq, joined: bool) {
        let Some(bus) = &self.bus else { return };
        if self.is_in_place(room, user, joined) {
            return;
        }
        let comes_later = bus.seen_of(room).is_some_and(|seen| seen < seq);
        if !comes_later {
            bus.ask(Job::Place { room, user });
        }
    }

    fn is_in_place(&self, room: RoomId, user: UserId, joined: bool) -> bool {
        if !self.presence.is_here(user) {
            return true;
        }
        if joined { self.hub.all_hear(room, user) } else { !self.hub.any_hears(room, user) }
    }

    /// Takes what the database holds up to `head` through the room's gate.
    pub fn advance(&self, id: RoomId, head: Seq, events: Vec<(Seq, LiveEvent)>) {
        let Some(room) = self.bus.as_ref().and_then(|bus| bus.room(id)) else { return };
        room.with(|state| state.gate.advance(head, events, |_, event| self.deliver(id, &event)));
    }

    /// A repair has ended. What still lacks is asked for again, or after a failure found by the next comparison.
    pub fn end_repair(&self, id: RoomId, failed: bool) {
        let Some(bus) = &self.bus else { return };
        if let Some(room) = bus.room(id) {
            room.with(|state| {
                state.is_repairing = !failed && state.gate.is_waiting() && bus.ask(Job::Repair(id));
            });
        }
    }

    /// Lets the user's connections hear of a room from the change `since` on, with which the user came.
    /// `events` are all up to `head` since then, or since what this node had seen if that is earlier. False if
    /// the room went on since they were read: read again.
    pub fn admit(
        &self,
        id: RoomId,
        (user, since): (UserId, Seq),
        head: Seq,
        events: Vec<(Seq, LiveEvent)>,
    ) -> bool {
        let Some(room) = self.bus.as_ref().and_then(|bus| bus.room(id)) else { return false };
        let admitted = room.with(|state| {
            let Some(seen) = state.gate.seen().filter(|seen| *seen <= head) else { return false };
            if since <= seen && !self.hub.all_hear(id, user) {
                self.hub.enter(id, user);
                let missed = events.iter().filter(|(seq, _)| (since..=seen).contains(seq));
                missed.for_each(|(_, event)| self.hub.tell_user(user, event));
            }
            state.gate.advance(head, events, |_, event| self.deliver(id, &event));
            true
        });
        admitted.unwrap_or(false)
    }

    /// Lets the user's connections hear of a room, wherever it stands; `events` tell them so.
    pub fn enter(&self, room: RoomId, user: UserId, events: &[LiveEvent]) {
        let step = || {
            self.hub.enter(room, user);
            events.iter().for_each(|event| self.hub.tell_user(user, event));
        };
        // Not while the room's events go to the hub: they keep their order.
        match self.bus.as_ref().and_then(|bus| bus.room(room)) {
            Some(room) => room.with(|_| step()).unwrap_or_default(),
            None => step(),
        }
    }

    /// Keeps the user's connections from hearing of a room, which `event` tells them; they were out of it at
    /// `head`. False if the room has gone on since: the user may be back.
    pub fn leave(&self, id: RoomId, user: UserId, head: Seq, event: &LiveEvent) -> bool {
        let step = || {
            if self.hub.any_hears(id, user) {
                self.hub.tell_user(user, event);
                self.hub.leave(id, user);
            }
            true
        };
        match self.bus.as_ref().and_then(|bus| bus.room(id)) {
            Some(room) => {
                let left = room.with(|state| state.gate.seen().is_none_or(|seen| seen <= head) && step());
                left.unwrap_or_else(step)
            }
            None => step(),
        }
    }

    pub(super) fn hear_in_room(&self, room: RoomId, packet: &[u8]) {
        let Some(bus) = &self.bus else { return };
        match unpack::<RoomWord>(bus.link.node, packet).map(|(_, word)| word) {
            Some(RoomWord::Change { event }) => self.take_change(bus, room, event),
            Some(RoomWord::Passing { event, at }) if is_fresh(at) => {
                self.hub.publish_ephemeral(room, &event);
            }
            Some(RoomWord::Typing { user, on, at }) if is_fresh(at) => self.note_typing(room, &user, on),
            _ => {}
        }
    }

    pub(super) fn hear_of_user(&self, user: UserId, packet: &[u8]) {
        let Some(bus) = &self.bus else { return };
        match unpack::<UserWord>(bus.link.node, packet).map(|(_, word)| word) {
            Some(UserWord::Tell { event }) => self.hub.tell_user(user, &event),
            Some(UserWord::Moved { event: LiveEvent::Member(member) }) => {
                self.take_change(bus, member.room, LiveEvent::Member(member));
            }
            _ => {}
        }
    }

    /// Tells other nodes who is online here, hears who is there, and forgets silent nodes, until awaited no
    /// more.
    pub async fn keep_presence(&self) {
        let Some(bus) = &self.bus else { return };
        let Some(mut words) = bus.link.subscribe(bus.link.subjects.presence()).await else { return };
        bus.ask_presence();
        let mut snapshot = tokio::time::interval(SNAPSHOT_EVERY);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                word = words.next() => match word {
                    Some(word) => self.hear_presence(bus, &word.payload),
                    None => return,
                },
                _ = tick.tick() => self.hear_peers(|peers| peers.expire(Instant::now())),
                _ = snapshot.tick() => {
                    self.tell_all_present(bus);
                    bus.rooms.sweep(|room| self.hub.users_in(room).is_empty());
                    bus.users.sweep(|user| self.presence.is_here(user));
                }
            }
        }
    }

    fn hear_presence(&self, bus: &Bus, packet: &[u8]) {
        let Some((node, word)) = unpack::<PresenceWord>(bus.link.node, packet) else { return };
        let now = Instant::now();
        match word {
            PresenceWord::Ask {} => self.tell_all_present(bus),
            PresenceWord::Changed { user, online } => {
                self.hear_peers(|peers| peers.change(node, user, online, now));
            }
            PresenceWord::Snapshot { turn, is_last, users } => {
                self.hear_peers(|peers| peers.take_snapshot(node, turn, is_last, users, now));
            }
            PresenceWord::Bye {} => self.hear_peers(|peers| peers.part(node, now)),
        }
    }

    fn tell_all_present(&self, bus: &Bus) {
        let _telling = self.telling();
        bus.say_all_present(&self.presence.here());
    }

    fn hear_peers(&self, take: impl FnOnce(&mut peers::Peers) -> peers::Turnover) {
        let _telling = self.telling();
        for (user, online) in self.presence.hear(take) {
            self.hub.broadcast(&LiveEvent::PresenceChanged { user, online });
        }
    }
}
