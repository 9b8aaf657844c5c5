//! The one state from which every live view derives, and the only way that it changes.
//!
//! The browser keeps one `LiveState` per tab. Pages seed it, events move it, and what the state needs
//! from the server in return comes back as `Need`s; it performs no input or output itself.

mod apply;
mod opening;
mod reading;
mod topic;

use std::sync::Arc;

pub use topic::Topic;

use super::{
    ClientCommand, Me, People, RoomId, RoomSummary, Seq, Timeline, UserId, UserRef,
    invitation::Invitations,
    outbox::Outbox,
    overview::{Rest, RoomList, sort_rooms},
    page::Overview,
    sorted::Sorted,
    watched::Watched,
};

/// Everything that a signed-in tab knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveState {
    pub me: Me,
    pub epoch: String,
    /// My rooms, the latest line first: the newest, and those that were opened or asked for.
    pub rooms: Watched<Vec<Watched<RoomSummary>>>,
    /// My other rooms.
    pub rest: Watched<Rest>,
    /// Rooms that others ask me to enter.
    pub invitations: Watched<Invitations>,
    /// Who those are whom anything here names.
    pub people: Watched<Arc<People>>,
    pub online: Watched<Sorted<UserId, ()>>,
    /// Who is typing, per room.
    pub typing: Watched<Sorted<RoomId, Vec<UserId>>>,
    /// The open room.
    pub timeline: Option<Timeline>,
    /// Rooms that were open before, the last one first; they follow what happens in them.
    kept: Vec<Timeline>,
    /// The room whose end the reader looks at.
    pub reading: Watched<Option<RoomId>>,
    pub outbox: Watched<Outbox>,
    pub connection: Watched<ConnectionState>,
    /// Rooms that I left here, and the change that did it: an answer from before may still name them.
    left: Sorted<RoomId, Seq>,
    /// What was changed of people up to here is known.
    people_seq: Seq,
    /// Rooms that were open here and are too large for marks.
    large: Sorted<RoomId, ()>,
}

/// The state of the live connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionState {
    #[default]
    Connecting,
    Live,
    /// Lost; the next try is on its way.
    Offline,
    /// The server is too new for this page, which loads again.
    Outdated,
}

/// What the state needs from outside after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Send this to the server.
    Tell(ClientCommand),
    /// The open page must be fetched anew.
    Reload,
    /// Everything must be fetched anew: the database has another history.
    ReloadAll,
}

impl LiveState {
    pub fn new(overview: Overview) -> Self {
        let mut rooms = overview.rooms;
        sort_rooms(&mut rooms);
        Self {
            me: overview.me,
            epoch: overview.epoch,
            rooms: Watched::new(rooms.into_iter().map(Watched::new).collect()),
            rest: Watched::new(overview.rest),
            invitations: Watched::new(Invitations::new(overview.invitations)),
            online: Watched::new(overview.online.into_iter().map(|user| (user, ())).collect()),
            people: Watched::new(Arc::new(overview.people)),
            people_seq: overview.people_seq,
            typing: Watched::default(),
            timeline: None,
            kept: Vec::new(),
            reading: Watched::default(),
            outbox: Watched::default(),
            connection: Watched::default(),
            left: Sorted::new(),
            large: Sorted::new(),
        }
    }

    /// Who this is; somebody without a name if that was never told.
    pub fn person(&self, id: UserId) -> UserRef {
        self.people.get(id).cloned().unwrap_or_else(|| UserRef {
            id,
            username: String::new(),
            name: String::new(),
            seq: Seq(0),
        })
    }

    pub fn room(&self, id: RoomId) -> Option<&RoomSummary> {
        self.rooms.iter().find(|room| room.id == id).map(|room| &**room)
    }

    /// Takes in the page of my rooms that begins at `rest.after`. False if it had none that was not known.
    pub fn add_rooms(&mut self, page: RoomList) -> bool {
        let known = self.rooms.len();
        self.learn(page.people);
        self.add_unknown(page.rooms);
        let end = page.rest.after;
        *self.rest = page.rest;
        if let Some(end) = end {
            let older = self.rooms.iter().filter(|room| room.cursor() < end);
            older.for_each(|room| self.rest.leave_out(room));
        }
        self.rooms.len() > known
    }

    fn add_unknown(&mut self, rooms: Vec<RoomSummary>) {
        for room in rooms {
            let is_left = self.left.get(&room.id).is_some_and(|left| *left > room.head);
            if !is_left && self.room(room.id).is_none() {
                self.rooms.push(Watched::new(room));
            }
        }
        sort_rooms(&mut self.rooms);
    }

    /// The one of my rooms whose page is at `path`, if it is at hand.
    pub fn room_at(&self, path: &str) -> Option<&RoomSummary> {
        let mut rooms = self.rooms.iter().map(|room| &**room);
        rooms.find(|room| room.path(&self.people).eq_ignore_ascii_case(path))
    }

    /// Takes in who people are.
    fn learn(&mut self, people: People) {
        // Views hold the same people as long as nothing is new.
        if people.iter().any(|user| self.people.get(user.id).is_none_or(|known| known.seq < user.seq)) {
            Arc::make_mut(&mut *self.people).learn_all(people);
            if let Some(me) = self.people.get(self.me.user.id) {
                self.me.user = me.clone();
            }
        }
    }

    fn set_online(&mut self, user: UserId, online: bool) {
        if online {
            self.online.insert(user, ());
        } else {
            self.online.remove(&user);
        }
    }

    /// Takes in the unsent messages that an earlier page left.
    pub fn restore(&mut self, kept: Outbox) {
        self.outbox.restore(kept);
        let shown = self.timeline.iter().flat_map(|timeline| timeline.window.messages());
        self.outbox.forget_shown(shown.map(AsRef::as_ref));
    }

    /// Notes that the connection is gone; nobody is known to type any more.
    pub fn disconnect(&mut self) {
        *self.connection = ConnectionState::Offline;
        self.typing.clear();
    }

    /// Nobody was heard to type in `room` for too long.
    pub fn expire_typing(&mut self, room: RoomId) {
        self.typing.remove(&room);
    }

    /// The command that asks for everything missed.
    pub fn sync(&self) -> ClientCommand {
        let rooms = self.timelines().map(|timeline| (timeline.room, timeline.cursor)).collect();
        ClientCommand::Sync { epoch: self.epoch.clone(), rooms, newest: true, people: Some(self.people_seq) }
    }

    /// Whether the others of `room`, of which something was told here, are told how far I have come.
    pub fn tells_marks(&self, room: RoomId) -> bool {
        let may_be_mine = self.room(room).is_some() || self.rest.rooms > 0;
        may_be_mine && !self.large.contains_key(&room)
    }
}

#[cfg(test)]
mod tests;
