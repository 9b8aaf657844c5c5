//! The one state from which every live view derives, and the only way that it changes.
//!
//! The browser keeps one `LiveState` per tab. Pages seed it, events move it, and what the state needs
//! from the server in return comes back as `Need`s; it performs no input or output itself.

use std::collections::BTreeMap;

use super::{
    ClientCommand, LiveEvent, Me, Member, Message, RoomId, RoomSummary, Seq, Timeline, UserId, UserRef,
    outbox::Outbox,
    overview::sort_rooms,
    page::{HistoryPage, OpenRoom, Overview},
    timeline::{Applied, Change},
};

/// Everything that a signed-in tab knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveState {
    pub me: Me,
    pub epoch: String,
    /// My rooms, the latest line first.
    pub rooms: Vec<RoomSummary>,
    pub online: BTreeMap<UserId, UserRef>,
    /// Who is typing, per room.
    pub typing: BTreeMap<RoomId, Vec<UserRef>>,
    /// The open room.
    pub timeline: Option<Timeline>,
    pub outbox: Outbox,
    pub connection: Connection,
}

/// The state of the live connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    #[default]
    Connecting,
    Live,
    /// Lost; the next try is on its way.
    Offline,
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
            online: by_id(overview.online),
            typing: BTreeMap::new(),
            timeline: None,
            outbox: Outbox::default(),
            connection: Connection::default(),
        }
    }

    pub fn room(&self, id: RoomId) -> Option<&RoomSummary> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// Unread messages over all rooms.
    pub fn unread(&self) -> u32 {
        self.rooms.iter().map(|room| room.unread).sum()
    }

    /// Shows a room. What came between the page's reading and now is asked for.
    pub fn open(&mut self, page: &OpenRoom) -> Need {
        if let Some(known) = self.rooms.iter_mut().find(|room| room.id == page.room.id) {
            if known.head < page.room.head {
                *known = page.room.clone();
            }
        } else {
            self.rooms.push(page.room.clone());
        }
        sort_rooms(&mut self.rooms);
        self.timeline = Some(Timeline::new(page));
        Need::Tell(self.sync())
    }

    pub fn close(&mut self) {
        self.timeline = None;
    }

    /// Adds an older page to the open room, if it is still that room.
    pub fn prepend(&mut self, room: RoomId, page: HistoryPage) {
        if let Some(timeline) = self.timeline.as_mut().filter(|timeline| timeline.room == room) {
            timeline.prepend(page);
        }
    }

    /// The command that asks for everything missed.
    pub fn sync(&self) -> ClientCommand {
        let cursors = self.timeline.iter().map(|timeline| (timeline.room, timeline.cursor));
        ClientCommand::Sync { epoch: self.epoch.clone(), rooms: cursors.collect() }
    }

    /// What marks the open room as read, if something in it is unread.
    pub fn read(&self) -> Option<ClientCommand> {
        let timeline = self.timeline.as_ref().filter(|timeline| !timeline.has_newer)?;
        let room = self.room(timeline.room)?;
        let seq = timeline.cursor;
        (room.unread > 0 && seq > room.read_seq).then_some(ClientCommand::Read { room: room.id, seq })
    }

    /// Takes in one event.
    pub fn apply(&mut self, event: LiveEvent) -> Option<Need> {
        let shown = self.is_shown(&event);
        self.outbox.apply(&event, shown);
        match event {
            LiveEvent::Hello { epoch, .. } => {
                self.connection = Connection::Live;
                if epoch != self.epoch {
                    return Some(Need::ReloadAll);
                }
                Some(Need::Tell(self.sync()))
            }
            LiveEvent::Rooms { rooms } => self.apply_rooms(rooms),
            LiveEvent::Synced { room, head, messages, members } => {
                let timeline = self.timeline.as_mut().filter(|timeline| timeline.room == room)?;
                let missing = timeline.apply_synced(head, messages, members);
                missing.then(|| Need::Tell(self.sync()))
            }
            LiveEvent::Reload { room } => self.is_open(room).then_some(Need::Reload),
            LiveEvent::Message(message) => self.apply_message(message),
            LiveEvent::Member(member) => self.apply_member(member),
            LiveEvent::Typing { room, users } => {
                let others = users.into_iter().filter(|user| user.id != self.me.user.id);
                self.typing.insert(room, others.collect());
                None
            }
            LiveEvent::Receipt { room, user, read_seq, unread: Some(unread) } => {
                if user == self.me.user.id
                    && let Some(room) = self.rooms.iter_mut().find(|known| known.id == room)
                {
                    room.apply_receipt(read_seq, unread);
                }
                None
            }
            LiveEvent::Presence { online } => {
                self.online = by_id(online);
                None
            }
            LiveEvent::PresenceChanged { user, online: true } => {
                self.online.insert(user.id, user);
                None
            }
            LiveEvent::PresenceChanged { user, online: false } => {
                self.online.remove(&user.id);
                None
            }
            LiveEvent::Receipt { unread: None, .. }
            | LiveEvent::Ready {}
            | LiveEvent::Delivery { .. }
            | LiveEvent::Error { .. }
            | LiveEvent::Pong {}
            | LiveEvent::Unknown => None,
        }
    }

    fn apply_rooms(&mut self, rooms: Vec<RoomSummary>) -> Option<Need> {
        self.rooms = rooms;
        sort_rooms(&mut self.rooms);
        // Removed while away: the page shows the door, or that there is none.
        let open = self.timeline.as_ref().map(|timeline| timeline.room)?;
        self.room(open).is_none().then_some(Need::Reload)
    }

    fn apply_message(&mut self, message: Message) -> Option<Need> {
        let me = self.me.user.id;
        if let Some(typing) = self.typing.get_mut(&message.room) {
            typing.retain(|user| user.id != message.from.id);
        }
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == message.room) else {
            // The first message of a room that somebody else opened.
            return Some(Need::Tell(self.sync()));
        };
        room.apply_message(&message, me);
        sort_rooms(&mut self.rooms);
        self.apply_change(message.room, Change::Message(message))
    }

    fn apply_member(&mut self, member: Member) -> Option<Need> {
        let me = self.me.user.id;
        if member.user.id == me && !member.joined {
            self.rooms.retain(|room| room.id != member.room);
            return self.is_open(member.room).then_some(Need::Reload);
        }
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == member.room) else {
            return Some(Need::Tell(self.sync()));
        };
        room.apply_member(&member, me);
        self.apply_change(member.room, Change::Member(member))
    }

    fn apply_change(&mut self, room: RoomId, change: Change) -> Option<Need> {
        let timeline = self.timeline.as_mut().filter(|timeline| timeline.room == room)?;
        (timeline.apply(change) == Applied::Gap).then(|| Need::Tell(self.sync()))
    }

    fn is_open(&self, room: RoomId) -> bool {
        self.timeline.as_ref().is_some_and(|timeline| timeline.room == room)
    }

    /// Whether an acknowledged message needs no place of its own any more.
    fn is_shown(&self, event: &LiveEvent) -> bool {
        let LiveEvent::Delivery { room, seq, .. } = event else { return false };
        let open = self.timeline.as_ref().filter(|timeline| timeline.room == *room);
        open.is_none_or(|timeline| timeline.cursor >= *seq || timeline.has_newer)
    }
}

fn by_id(users: Vec<UserRef>) -> BTreeMap<UserId, UserRef> {
    users.into_iter().map(|user| (user.id, user)).collect()
}

/// The seq after which everything in the room is unread for me, if something is.
pub fn first_unread(room: &RoomSummary) -> Option<Seq> {
    (room.unread > 0).then_some(room.read_seq)
}
