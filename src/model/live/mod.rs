//! The one state from which every live view derives, and the only way that it changes.
//!
//! The browser keeps one `LiveState` per tab. Pages seed it, events move it, and what the state needs
//! from the server in return comes back as `Need`s; it performs no input or output itself.

mod apply;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ClientCommand, Me, People, RoomId, RoomSummary, Seq, Timeline, UserId, UserRef,
    invitation::Invitations,
    outbox::Outbox,
    overview::{Rest, RoomList, sort_rooms},
    page::{HistoryPage, MemberPage, OpenRoom, Overview, RECEIPTS_MAX},
    sorted::Sorted,
};

/// Everything that a signed-in tab knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveState {
    pub me: Me,
    pub epoch: String,
    /// My rooms, the latest line first: the newest, and those that were opened or asked for.
    pub rooms: Vec<RoomSummary>,
    /// My other rooms.
    pub rest: Rest,
    /// Rooms that others ask me to enter.
    pub invitations: Invitations,
    /// Who those are whom anything here names.
    pub people: Arc<People>,
    pub online: Sorted<UserId, ()>,
    /// Who is typing, per room.
    pub typing: Sorted<RoomId, Vec<UserId>>,
    /// The open room.
    pub timeline: Option<Timeline>,
    pub outbox: Outbox,
    pub connection: ConnectionState,
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
            rooms,
            rest: overview.rest,
            invitations: Invitations::new(overview.invitations),
            online: overview.online.into_iter().map(|user| (user, ())).collect(),
            people: Arc::new(overview.people),
            people_seq: overview.people_seq,
            typing: Sorted::new(),
            timeline: None,
            outbox: Outbox::default(),
            connection: ConnectionState::default(),
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
        self.rooms.iter().find(|room| room.id == id)
    }

    /// Unread messages over all rooms; of a room that is not among `rooms`, one.
    pub fn unread(&self) -> u32 {
        self.rooms.iter().map(|room| room.unread).sum::<u32>() + self.rest.unread
    }

    /// Takes in the page of my rooms that begins at `rest.after`. False if it had none that was not known.
    pub fn add_rooms(&mut self, page: RoomList) -> bool {
        let known = self.rooms.len();
        self.learn(page.people);
        self.add_unknown(page.rooms);
        let end = page.rest.after;
        self.rest = page.rest;
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
                self.rooms.push(room);
            }
        }
        sort_rooms(&mut self.rooms);
    }

    /// Shows a room. What came between the page's reading and now is asked for.
    pub fn open(&mut self, page: &OpenRoom) -> Need {
        self.learn(page.people.clone());
        if let Some(known) = self.rooms.iter_mut().find(|room| room.id == page.room.id) {
            if known.head < page.room.head {
                *known = page.room.clone();
            }
        } else {
            if self.rest.after.is_some_and(|end| page.room.cursor() < end) {
                self.rest.leave_out(&page.room);
            }
            self.rooms.push(page.room.clone());
        }
        sort_rooms(&mut self.rooms);
        if self.connection != ConnectionState::Live {
            // A live connection knows better than a page that took its time.
            page.online.iter().for_each(|user| self.set_online(*user, true));
        }
        self.outbox.forget_shown(&page.history.messages);
        if usize::try_from(page.member_count).is_ok_and(|count| count > RECEIPTS_MAX) {
            self.large.insert(page.room.id, ());
        } else {
            self.large.remove(&page.room.id);
        }
        self.timeline = Some(Timeline::new(page));
        Need::Tell(self.sync())
    }

    pub fn close(&mut self) {
        self.timeline = None;
        self.outbox.forget_shown([]);
    }

    /// Adds the page before `before` to the open room, if it is still that room and that stretch.
    pub fn prepend(&mut self, room: RoomId, before: Seq, mut page: HistoryPage) {
        self.learn(std::mem::take(&mut page.people));
        if let Some(timeline) = self.timeline.as_mut().filter(|timeline| timeline.room == room) {
            timeline.prepend(before, page);
        }
    }

    /// Adds the members of `room` that its page did not show, if it is still the open room.
    pub fn fill_members(&mut self, room: RoomId, all: MemberPage) {
        self.learn(all.people);
        if let Some(timeline) = self.timeline.as_mut().filter(|timeline| timeline.room == room) {
            timeline.fill_members(all.members);
        }
    }

    /// Takes in who people are.
    fn learn(&mut self, people: People) {
        // Views hold the same people as long as nothing is new.
        if people.iter().any(|user| self.people.get(user.id).is_none_or(|known| known.seq < user.seq)) {
            Arc::make_mut(&mut self.people).learn_all(people);
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
        let shown = self.timeline.iter().flat_map(|timeline| &timeline.messages);
        self.outbox.forget_shown(shown.map(AsRef::as_ref));
    }

    /// Notes that the connection is gone; nobody is known to type any more.
    pub fn disconnect(&mut self) {
        self.connection = ConnectionState::Offline;
        self.typing.clear();
    }

    /// Nobody was heard to type in `room` for too long.
    pub fn expire_typing(&mut self, room: RoomId) {
        self.typing.remove(&room);
    }

    /// The command that asks for everything missed.
    pub fn sync(&self) -> ClientCommand {
        let mut rooms = BTreeMap::new();
        if let Some(timeline) = &self.timeline {
            rooms.insert(timeline.room, timeline.cursor);
        }
        ClientCommand::Sync { epoch: self.epoch.clone(), rooms, newest: true, people: Some(self.people_seq) }
    }

    /// Whether the others of `room`, of which something was told here, are told how far I have come.
    pub fn tells_marks(&self, room: RoomId) -> bool {
        let may_be_mine = self.room(room).is_some() || self.rest.rooms > 0;
        may_be_mine && !self.large.contains_key(&room)
    }

    /// What marks the open room as read, if something in it is unread.
    pub fn read(&self) -> Option<ClientCommand> {
        let timeline = self.timeline.as_ref().filter(|timeline| !timeline.has_newer)?;
        let room = self.room(timeline.room)?;
        let seq = timeline.cursor;
        (room.unread > 0 && seq > room.read_seq).then_some(ClientCommand::Read { room: room.id, seq })
    }
}

/// The seq after which everything in the room is unread for me, if something is.
pub fn first_unread(room: &RoomSummary) -> Option<Seq> {
    (room.unread > 0).then_some(room.read_seq)
}

#[cfg(test)]
mod tests;
