//! How each event moves the state.

use super::{ConnectionState, LiveState, Need};
use crate::model::{
    Change, Cid, Ephemeral, LiveEvent, Mark, Member, Message, RoomId, RoomSummary, Seq, Timeline, What,
    overview::{Rest, sort_rooms},
    timeline::Applied,
    watched::Watched,
};

impl LiveState {
    /// Takes in one event.
    pub fn apply(&mut self, event: impl Into<LiveEvent>) -> Option<Need> {
        let event = event.into();
        let stored = self.stored(&event);
        let need = self.take(event);
        // Only now is it known whether the message is in the open timeline.
        let reload = stored.and_then(|(cid, room, seq)| self.settle(cid, room, seq));
        need.or(reload)
    }

    fn take(&mut self, event: LiveEvent) -> Option<Need> {
        match event {
            LiveEvent::Durable(change) => self.apply_change(change),
            LiveEvent::Ephemeral(event) => self.take_ephemeral(event),
            LiveEvent::Unknown => None,
        }
    }

    fn take_ephemeral(&mut self, event: Ephemeral) -> Option<Need> {
        match event {
            Ephemeral::Hello { protocol, .. } if !protocol.serves_this() => {
                *self.connection = ConnectionState::Outdated;
                Some(Need::ReloadAll)
            }
            Ephemeral::Hello { epoch, user, .. } => {
                // Another history, or another user signed in beside this tab.
                if epoch != self.epoch || user.id != self.me.user.id {
                    return Some(Need::ReloadAll);
                }
                *self.connection = ConnectionState::Live;
                self.invitations.connect();
                Some(Need::Tell(self.sync()))
            }
            Ephemeral::Rooms { rooms, rest } => self.apply_rooms(rooms, rest.unwrap_or_default()),
            Ephemeral::MoreRooms { rooms } => {
                self.add_unknown(rooms);
                None
            }
            Ephemeral::Synced { room, head, messages, members } => {
                messages.iter().filter_map(|message| message.cid).for_each(|cid| self.outbox.remove(cid));
                let missing = self.timeline_of(room)?.apply_synced(head, messages, members);
                missing.then(|| Need::Tell(self.sync()))
            }
            Ephemeral::Reload { room } => {
                self.kept.retain(|kept| kept.room != room);
                self.is_open(room).then_some(Need::Reload)
            }
            Ephemeral::Typing { room, users } => {
                let others = users.into_iter().filter(|user| *user != self.me.user.id);
                self.typing.insert(room, others.collect());
                None
            }
            Ephemeral::Receipt { room, user, delivered_seq, read_seq, unread } => {
                self.apply_receipt(room, Mark { user, delivered_seq, read_seq }, unread)
            }
            Ephemeral::Invitations { invitations } => {
                self.invitations.replace(invitations);
                None
            }
            Ephemeral::Invited(invitation) => {
                self.invitations.change(invitation.room, Some(invitation));
                None
            }
            Ephemeral::Uninvited { room } => {
                self.invitations.change(room, None);
                None
            }
            Ephemeral::Presence { online } => {
                *self.online = online.into_iter().map(|user| (user, ())).collect();
                None
            }
            Ephemeral::PresenceChanged { user, online } => {
                self.set_online(user, online);
                None
            }
            Ephemeral::People { people, seq } => {
                self.learn(people);
                self.people_seq = seq.unwrap_or(self.people_seq);
                None
            }
            Ephemeral::User(user) => {
                // Everyone is told; those whom this tab has not met do not matter.
                if self.people.get(user.id).is_some() {
                    self.learn(user.into());
                }
                None
            }
            Ephemeral::Error { cid: Some(cid), error, .. } => {
                self.outbox.refuse(cid, error);
                None
            }
            Ephemeral::Error { cid: None, .. }
            | Ephemeral::Ready {}
            | Ephemeral::Delivery { .. }
            | Ephemeral::Done { .. }
            | Ephemeral::Pong {} => None,
        }
    }

    fn apply_rooms(&mut self, rooms: Vec<RoomSummary>, rest: Rest) -> Option<Need> {
        let told = rooms.into_iter();
        let told = told.filter(|told| self.left.get(&told.id).is_none_or(|left| *left <= told.head));
        let mut rooms: Vec<_> = told.map(|told| self.with_newer(told)).collect();
        let open = self.timeline.as_ref().map(|timeline| timeline.room);
        *self.rest = rest;
        if let Some(end) = rest.after {
            // What was shown beyond the end of this page stays. The open room is always told.
            let mut older = std::mem::take(&mut *self.rooms);
            older.retain(|known| {
                known.cursor() < end && Some(known.id) != open && rooms.iter().all(|told| told.id != known.id)
            });
            older.iter().for_each(|room| self.rest.leave_out(room));
            rooms.extend(older);
        }
        *self.rooms = rooms;
        sort_rooms(&mut self.rooms);
        let is_mine = |kept: &Timeline| self.rooms.iter().any(|room| room.id == kept.room);
        self.kept.retain(is_mine);
        // Removed while away: the page shows the door, or that there is none.
        self.room(open?).is_none().then_some(Need::Reload)
    }

    /// A room as it was told, with what is known that the answer, made earlier, would undo.
    fn with_newer(&self, mut told: RoomSummary) -> Watched<RoomSummary> {
        let Some(known) = self.rooms.iter().find(|known| known.id == told.id) else {
            return Watched::new(told);
        };
        keep_newer(&mut told, known);
        if told == **known { known.clone() } else { Watched::new(told) }
    }

    /// Moves the list of rooms, then the open timeline.
    fn apply_change(&mut self, change: Change) -> Option<Need> {
        match &change.what {
            What::Message(message) => self.end_typing(message),
            What::Member(member) if member.user == self.me.user.id && !member.joined => {
                return self.apply_my_leaving(member);
            }
            What::Changed(_) | What::Member(_) | What::Unknown(_) => {}
        }
        let me = self.me.user.id;
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == change.room) else {
            // The first message of a room that somebody else opened.
            return Some(Need::Tell(self.sync()));
        };
        room.apply(&change, me);
        sort_rooms(&mut self.rooms);
        let applied = self.timeline_of(change.room)?.apply(change);
        (applied == Applied::Gap).then(|| Need::Tell(self.sync()))
    }

    fn end_typing(&mut self, message: &Message) {
        let typing = self.typing.get(&message.room);
        if typing.is_some_and(|typing| typing.contains(&message.from))
            && let Some(typing) = self.typing.get_mut(&message.room)
        {
            typing.retain(|user| *user != message.from);
        }
    }

    fn apply_my_leaving(&mut self, gone: &Member) -> Option<Need> {
        let is_listed = self.room(gone.room).is_some();
        self.rooms.retain(|room| room.id != gone.room);
        self.left.insert(gone.room, gone.seq);
        self.kept.retain(|kept| kept.room != gone.room);
        if self.is_open(gone.room) {
            return Some(Need::Reload);
        }
        // How many others there are has changed.
        (!is_listed && self.rest.rooms > 0).then(|| Need::Tell(self.sync()))
    }

    fn apply_receipt(&mut self, room: RoomId, mark: Mark, unread: Option<u32>) -> Option<Need> {
        let mine = unread.filter(|_| mark.user == self.me.user.id);
        let known = self.rooms.iter_mut().find(|known| known.id == room);
        let need = match (mine, known) {
            (Some(unread), Some(known)) => {
                known.apply_receipt(mark.read_seq, unread);
                None
            }
            // It may be one of the others in which something was unread.
            (Some(_), None) if self.rest.unread > 0 => Some(Need::Tell(self.sync())),
            _ => None,
        };
        if let Some(timeline) = self.timeline_of(room) {
            timeline.marks.raise(mark);
        }
        need
    }

    fn is_open(&self, room: RoomId) -> bool {
        self.timeline.as_ref().is_some_and(|timeline| timeline.room == room)
    }

    /// The send of mine that `event` tells to be stored, and where.
    fn stored(&self, event: &LiveEvent) -> Option<(Cid, RoomId, Seq)> {
        match event {
            LiveEvent::Ephemeral(Ephemeral::Delivery { cid, room, seq, .. }) => Some((*cid, *room, *seq)),
            LiveEvent::Durable(Change { what: What::Message(message), .. })
                if message.from == self.me.user.id =>
            {
                Some((message.cid?, message.room, message.seq))
            }
            LiveEvent::Durable(_) | LiveEvent::Ephemeral(_) | LiveEvent::Unknown => None,
        }
    }

    /// Ends a stored send once its message is in the open timeline, or needs no place of its own.
    fn settle(&mut self, cid: Cid, room: RoomId, seq: Seq) -> Option<Need> {
        match &self.timeline {
            Some(open) if open.room == room && open.cursor < seq && !open.window.has_newer => {
                self.outbox.acknowledge(cid);
                None
            }
            // The first message to a person: the page becomes a room's.
            None if self.outbox.is_to_person(cid) => self.outbox.acknowledge(cid).then_some(Need::Reload),
            _ => {
                self.outbox.remove(cid);
                None
            }
        }
    }
}

/// Keeps of `known` what an answer that was made earlier would undo.
fn keep_newer(told: &mut RoomSummary, known: &RoomSummary) {
    if known.head > told.head {
        *told = known.clone();
    } else if known.read_seq > told.read_seq {
        told.read_seq = known.read_seq;
        told.unread = known.unread;
    }
}
