//! The one state from which every live view derives, and the only way that it changes.
//!
//! The browser keeps one `LiveState` per tab. Pages seed it, events move it, and what the state needs
//! from the server in return comes back as `Need`s; it performs no input or output itself.

mod apply;
mod topic;

use std::sync::Arc;

pub use topic::Topic;

use super::{
    ClientCommand, Me, People, RoomId, RoomSummary, Seq, Timeline, UserId, UserRef,
    invitation::Invitations,
    outbox::Outbox,
    overview::{Rest, RoomList, sort_rooms},
    page::{HistoryPage, MemberPage, OpenRoom, Overview, RECEIPTS_MAX},
    sorted::Sorted,
    watched::Watched,
    window::{Turn, Wanted},
};

/// How many rooms are kept after they were open.
const KEPT_MAX: usize = 9;

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

    /// Unread messages over all rooms; of a room that is not among `rooms`, one.
    pub fn unread(&self) -> u32 {
        self.rooms.iter().map(|room| self.unread_of(room)).sum::<u32>() + self.rest.unread
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

    /// Shows a room. What came between the page's reading and now is asked for.
    pub fn open(&mut self, page: &OpenRoom) -> Need {
        self.learn(page.people.clone());
        if let Some(known) = self.rooms.iter_mut().find(|room| room.id == page.room.id) {
            if known.head < page.room.head {
                **known = page.room.clone();
            }
        } else {
            if self.rest.after.is_some_and(|end| page.room.cursor() < end) {
                self.rest.leave_out(&page.room);
            }
            self.rooms.push(Watched::new(page.room.clone()));
        }
        sort_rooms(&mut self.rooms);
        if *self.connection != ConnectionState::Live {
            // A live connection knows better than a page that took its time.
            page.online.iter().for_each(|user| self.set_online(*user, true));
        }
        self.outbox.forget_shown(&page.history.messages);
        if usize::try_from(page.member_count).is_ok_and(|count| count > RECEIPTS_MAX) {
            self.large.insert(page.room.id, ());
        } else {
            self.large.remove(&page.room.id);
        }
        self.show(Timeline::new(page));
        Need::Tell(self.sync())
    }

    /// Whether messages of the room are at hand.
    pub fn has_timeline(&self, room: RoomId) -> bool {
        self.timelines().any(|timeline| timeline.room == room)
    }

    /// Keeps the page of a room that may be opened soon.
    pub fn keep(&mut self, page: &OpenRoom) {
        if !self.has_timeline(page.room.id) {
            self.learn(page.people.clone());
            self.kept.insert(0, Timeline::new(page));
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// The one of my rooms whose page is at `path`, if it is at hand.
    pub fn room_at(&self, path: &str) -> Option<&RoomSummary> {
        let mut rooms = self.rooms.iter().map(|room| &**room);
        rooms.find(|room| room.path(&self.people).eq_ignore_ascii_case(path))
    }

    /// Shows a room that was open before; false if it is not kept.
    pub fn reopen(&mut self, room: RoomId) -> bool {
        let place = self.kept.iter().position(|kept| kept.room == room);
        let kept = place.map(|place| self.kept.remove(place));
        kept.map(|timeline| self.show(timeline)).is_some()
    }

    /// Whether something of the open room is known to be missing: its page came later than the changes that followed it.
    pub fn is_open_behind(&self) -> bool {
        let room = self.timeline.as_ref().and_then(|timeline| Some((timeline, self.room(timeline.room)?)));
        room.is_some_and(|(timeline, room)| timeline.cursor < room.head)
    }

    fn show(&mut self, timeline: Timeline) {
        self.keep_open();
        self.kept.retain(|kept| kept.room != timeline.room);
        self.timeline = Some(timeline);
    }

    pub fn close(&mut self) {
        self.keep_open();
        self.set_reading(false);
        self.outbox.forget_shown([]);
    }

    /// Closes the open room, and keeps it for a return.
    fn keep_open(&mut self) {
        if let Some(timeline) = self.timeline.take() {
            self.kept.retain(|kept| kept.room != timeline.room);
            self.kept.insert(0, timeline);
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// The open room and those that are kept.
    fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.timeline.iter().chain(&self.kept)
    }

    /// What is at hand of a room.
    fn timeline_of(&mut self, room: RoomId) -> Option<&mut Timeline> {
        self.timeline.iter_mut().chain(&mut self.kept).find(|timeline| timeline.room == room)
    }

    /// Goes somewhere in the open room. What is not at hand is wanted, for `take_page`.
    pub fn turn(&mut self, turn: Turn) -> Option<(RoomId, Wanted)> {
        let timeline = self.timeline.as_mut()?;
        Some((timeline.room, timeline.window.turn(turn)?))
    }

    /// Takes in a page that was wanted, if the room is still open.
    pub fn take_page(&mut self, (room, wanted): (RoomId, Wanted), mut page: HistoryPage) {
        self.learn(std::mem::take(&mut page.people));
        if let Some(timeline) = self.timeline_of(room) {
            timeline.window.take_page(wanted, page);
        }
    }

    /// Tells whether the reader looks at the end of what is drawn.
    pub fn set_at_end(&mut self, is_at_end: bool) {
        if let Some(timeline) = &mut self.timeline
            && timeline.window.is_at_end() != is_at_end
        {
            timeline.window.set_at_end(is_at_end);
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

    /// What is unread in the open room; nothing that comes while it is read.
    pub fn open_unread(&self) -> u32 {
        let open = self.timeline.as_ref().and_then(|timeline| self.room(timeline.room));
        open.map_or(0, |room| self.unread_of(room))
    }

    /// What is unread in a room; nothing that comes while it is read.
    pub fn unread_of(&self, room: &RoomSummary) -> u32 {
        if *self.reading == Some(room.id) { 0 } else { room.unread }
    }

    /// Notes whether the reader looks at the end of the open room.
    pub fn set_reading(&mut self, is_reading: bool) {
        let open = self.timeline.as_ref().filter(|timeline| is_reading && !timeline.window.goes_on_below());
        let reading = open.map(|timeline| timeline.room);
        if *self.reading != reading {
            *self.reading = reading;
        }
    }

    /// Who of the others has read `seq` in the open room.
    pub fn readers(&self, seq: Seq) -> Vec<UserRef> {
        let marks = self.timeline.iter().map(|timeline| &timeline.marks);
        let readers = marks.flat_map(|marks| marks.readers(self.me.user.id, seq));
        readers.map(|user| self.person(user)).collect()
    }

    /// What marks the open room as read up to `seq`, or to its end, if something in it is unread.
    pub fn read(&self, seq: Option<Seq>) -> Option<(RoomId, Seq)> {
        let timeline = self.timeline.as_ref()?;
        let room = self.room(timeline.room)?;
        // What is no message at the end, somebody's leaving say, is read with the last one.
        let is_last = seq == timeline.window.newest() && !timeline.window.has_newer;
        let seq = seq.filter(|_| !is_last).unwrap_or(timeline.cursor);
        (room.unread > 0 && seq > room.read_seq).then_some((room.id, seq))
    }
}

#[cfg(test)]
mod tests;
