//! What happens here when another node tells something.

use std::time::{Duration, Instant};

use futures::StreamExt as _;

use super::membership::nothing_left;
use crate::{
    model::{Change, Ephemeral, Mark, RoomId, Seq, UserId, people::Introduced},
    server::live::{
        Live,
        bus::{
            Bus, Job, is_fresh,
            packets::{PresencePacket, RoomPacket, UserPacket, unpack},
            recent_moves::RecentMoves,
            rooms::State,
        },
        presence::peers,
        presence_changed,
    },
};

/// How often a node tells everyone who is online there, though nothing changed.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(10);
const _: () = assert!(SNAPSHOT_EVERY.as_secs() * 2 < peers::SILENCE_MAX.as_secs());
const TICK: Duration = Duration::from_secs(1);

impl Live {
    /// Takes a change, of this node or another, through the room's gate.
    pub(in crate::server::live) fn take_change(&self, bus: &Bus, change: Introduced<Change>) {
        let (id, moved) = (change.event.room, change.event.moved());
        if let Some(room) = bus.room(id) {
            room.with(|State { gate, is_repairing, moves, .. }| {
                gate.offer(change.event.seq, change, |_, change| self.pass(moves, change));
                if gate.is_waiting() && !*is_repairing {
                    *is_repairing = bus.ask(Job::Repair(id));
                }
            });
        }
        if let Some((user, seq, joined)) = moved {
            self.check_membership(id, user, seq, joined);
        }
    }

    /// Takes what the database holds up to `head` through the room's gate.
    pub fn advance(&self, id: RoomId, head: Seq, changes: Vec<Introduced<Change>>) {
        let Some(room) = self.bus.as_ref().and_then(|bus| bus.room(id)) else { return };
        room.with(|State { gate, moves, .. }| {
            let changes = changes.into_iter().map(|change| (change.event.seq, change));
            gate.advance(head, changes, |seq, change| match change {
                Some(change) => self.pass(moves, change),
                None => self.hub.publish(id, &nothing_left(id, seq).into()),
            });
        });
    }

    fn pass(&self, moves: &mut RecentMoves, change: Introduced<Change>) {
        if let Some((user, seq, _)) = change.event.moved() {
            moves.note(user, seq);
        }
        self.deliver(change);
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

    /// Sees to it that the marks in the answer to a `sync` are not less than what was told here before, and that
    /// what is told after them is not less.
    pub fn note_marks(&self, asker: UserId, answers: &mut [Ephemeral]) {
        let Some(bus) = &self.bus else { return };
        let note = |room: RoomId, mark| bus.room(room)?.with(|state| state.told.note(mark));
        for answer in answers {
            match answer {
                Ephemeral::Receipt { room, user, delivered_seq, read_seq, .. } => {
                    let mark = Mark { user: *user, delivered_seq: *delivered_seq, read_seq: *read_seq };
                    if let Some(told) = note(*room, mark) {
                        (*delivered_seq, *read_seq) = (told.delivered_seq, told.read_seq);
                    }
                }
                Ephemeral::Rooms { rooms, .. } | Ephemeral::MoreRooms { rooms } => {
                    for room in rooms {
                        note(room.id, Mark { user: asker, delivered_seq: Seq(0), read_seq: room.read_seq });
                    }
                }
                _ => {}
            }
        }
    }

    /// The event as it may be told here now: a receipt may be old.
    pub(in crate::server::live) fn admit_receipt(&self, event: Ephemeral) -> Option<Ephemeral> {
        let Ephemeral::Receipt { room, .. } = event else { return Some(event) };
        match self.bus.as_ref().and_then(|bus| bus.room(room)) {
            Some(room) => room.with(|state| state.told.admit(event))?,
            None => Some(event),
        }
    }

    pub(super) fn receive_for_room(&self, room: RoomId, packet: &[u8]) {
        let Some(bus) = &self.bus else { return };
        match unpack::<RoomPacket>(bus.link.node, packet).map(|(_, word)| word) {
            Some(RoomPacket::Change(told)) if told.event.room == room => self.take_change(bus, told),
            Some(RoomPacket::Passing { event, at }) if is_fresh(at) => {
                if let Some(event) = self.admit_receipt(event) {
                    self.hub.publish_ephemeral(room, &event.into());
                }
            }
            Some(RoomPacket::Typing { user, on, at }) if is_fresh(at) => self.note_typing(room, &user, on),
            _ => {}
        }
    }

    pub(super) fn receive_for_user(&self, user: UserId, packet: &[u8]) {
        let Some(bus) = &self.bus else { return };
        match unpack::<UserPacket>(bus.link.node, packet).map(|(_, word)| word) {
            Some(UserPacket::Tell(told)) => self.tell_user_here(user, told),
            Some(UserPacket::Moved(told)) => self.take_change(bus, told),
            None => {}
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
                    Some(word) => self.receive_presence(bus, &word.payload),
                    None => return,
                },
                _ = tick.tick() => self.update_peers(|peers| peers.expire(Instant::now())),
                _ = snapshot.tick() => {
                    self.tell_all_present(bus);
                    bus.rooms.sweep(|room| self.hub.users_in(room).is_empty());
                    bus.users.sweep(|user| self.presence.is_here(user));
                }
            }
        }
    }

    fn receive_presence(&self, bus: &Bus, packet: &[u8]) {
        let Some((node, word)) = unpack::<PresencePacket>(bus.link.node, packet) else { return };
        let now = Instant::now();
        match word {
            PresencePacket::Ask {} => self.tell_all_present(bus),
            PresencePacket::Changed { user, online } => {
                self.update_peers(|peers| peers.change(node, user, online, now));
            }
            PresencePacket::Snapshot { turn, is_last, users } => {
                self.update_peers(|peers| peers.take_snapshot(node, turn, is_last, users, now));
            }
            PresencePacket::Name { user } => self.note_name(user),
            PresencePacket::Bye {} => self.update_peers(|peers| peers.part(node, now)),
        }
    }

    fn tell_all_present(&self, bus: &Bus) {
        let _telling = self.telling();
        bus.publish_snapshot(&self.presence.here());
    }

    fn update_peers(&self, take: impl FnOnce(&mut peers::Peers) -> peers::Turnover) {
        let _telling = self.telling();
        for (user, online) in self.presence.hear(take) {
            self.hub.broadcast(&presence_changed(user, online));
        }
    }
}
