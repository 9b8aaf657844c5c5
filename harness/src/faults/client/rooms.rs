//! A client's rooms: pure state that follows the rule of cursors in `docs/protocol.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::faults::{
    checker::{HeldRoom, View},
    marks::{Mark, Marks, raise},
    wire::{Member, Message, RoomHead, Row},
};

#[derive(Debug)]
pub(super) struct Rooms {
    me: i64,
    rooms: BTreeMap<i64, Room>,
    /// Rooms left, with the seq of leaving: an answer to `sync` may be older.
    left: BTreeMap<i64, i64>,
    /// Rooms entered since `sync` was sent: its answer may not know of them.
    entered: BTreeSet<i64>,
}

#[derive(Debug, Default)]
struct Room {
    held: HeldRoom,
    /// False until the room has been fetched, or fetched anew.
    is_known: bool,
    /// Live events above a gap.
    ahead: BTreeMap<i64, Row>,
}

/// What a live event asks of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Nothing,
    /// Events are missing: `sync`.
    Resume,
    /// The room is new here: fetch it.
    Fetch,
}

impl Rooms {
    pub(super) fn new(me: i64) -> Self {
        Self { me, rooms: BTreeMap::new(), left: BTreeMap::new(), entered: BTreeSet::new() }
    }

    /// The cursors for `sync`.
    pub(super) fn cursors(&self) -> BTreeMap<i64, i64> {
        let known = self.rooms.iter().filter(|(_, room)| room.is_known);
        known.map(|(id, room)| (*id, room.held.cursor)).collect()
    }

    /// What the client holds of every room that it knows.
    pub(super) fn held(&self) -> BTreeMap<i64, HeldRoom> {
        let known = self.rooms.iter().filter(|(_, room)| room.is_known);
        known.map(|(id, room)| (*id, room.held.clone())).collect()
    }

    /// Another history: nothing of this one is worth keeping.
    pub(super) fn forget_all(&mut self) {
        self.rooms.clear();
    }

    /// How far the members of each room have come, as far as the client was told.
    pub(super) fn marks(&self) -> BTreeMap<i64, Marks> {
        let known = self.rooms.iter().filter(|(_, room)| room.is_known);
        known.map(|(id, room)| (*id, room.held.marks.clone())).collect()
    }

    /// A member has come so far. The page of a room that is being fetched may be older.
    pub(super) fn marked(&mut self, room: i64, user: i64, mark: Mark) {
        raise(&mut self.rooms.entry(room).or_default().held.marks, user, mark);
    }

    /// `sync` was sent.
    pub(super) fn asked(&mut self) {
        self.entered.clear();
    }

    /// What came over a connection that ended stays only up to the cursor.
    pub(super) fn disconnected(&mut self) {
        self.rooms.values_mut().for_each(|room| room.ahead.clear());
    }

    /// The rooms that the user is in; gives those that must be fetched.
    pub(super) fn listed(&mut self, heads: &[RoomHead]) -> Vec<i64> {
        let is_left = |room: &&RoomHead| self.left.get(&room.id).is_some_and(|seq| *seq > room.head);
        let listed: BTreeSet<i64> = heads.iter().filter(|room| !is_left(room)).map(|room| room.id).collect();
        self.rooms.retain(|room, _| listed.contains(room) || self.entered.contains(room));
        listed.into_iter().filter(|room| !self.rooms.get(room).is_some_and(|room| room.is_known)).collect()
    }

    pub(super) fn told(&mut self, row: Row) -> Next {
        let (id, seq) = (row.room(), row.seq());
        match &row {
            Row::Member(member) if member.user == self.me && member.joined => {
                self.entered.insert(id);
            }
            Row::Member(member) if member.user == self.me => {
                self.left.insert(id, seq);
                self.entered.remove(&id);
                self.rooms.remove(&id);
                return Next::Nothing;
            }
            _ => {}
        }
        let room = self.rooms.entry(id).or_default();
        if !room.is_known {
            return Next::Fetch;
        }
        if seq > room.held.cursor {
            room.ahead.insert(seq, row);
            room.catch_up();
        }
        if room.ahead.is_empty() { Next::Nothing } else { Next::Resume }
    }

    pub(super) fn synced(&mut self, id: i64, head: i64, messages: &[Arc<Message>], members: &[Member]) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let cursor = room.held.cursor;
        for message in messages.iter().filter(|message| message.changed_seq > cursor) {
            room.held.messages.insert(message.seq, Arc::clone(message));
        }
        for member in members.iter().filter(|member| member.seq > cursor) {
            room.held.insert(member.clone());
        }
        room.held.cursor = cursor.max(head);
        room.catch_up();
    }

    pub(super) fn must_reload(&mut self, room: i64) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.is_known = false;
        }
    }

    /// The whole room as it is now; nothing if the user is not in it.
    pub(super) fn fetched(&mut self, id: i64, view: Option<&View>) {
        let Some(view) = view else {
            self.rooms.remove(&id);
            return;
        };
        let room = self.rooms.entry(id).or_default();
        // A mark that was told meanwhile may be newer.
        let told = std::mem::take(&mut room.held.marks);
        room.held = HeldRoom {
            cursor: view.cursor,
            messages: view.messages.iter().map(|message| (message.seq, Arc::clone(message))).collect(),
            members: BTreeMap::new(),
            marks: view.marks.clone(),
        };
        told.into_iter().for_each(|(user, mark)| raise(&mut room.held.marks, user, mark));
        view.members.iter().for_each(|member| room.held.insert(member.clone()));
        room.is_known = true;
        room.catch_up();
    }

    /// Whether events above a gap still wait.
    pub(super) fn has_gap(&self) -> bool {
        self.rooms.values().any(|room| room.is_known && !room.ahead.is_empty())
    }
}

impl Room {
    fn catch_up(&mut self) {
        while let Some(next) = self.ahead.first_entry() {
            if *next.key() > self.held.cursor + 1 {
                return;
            }
            let (seq, row) = next.remove_entry();
            if seq > self.held.cursor {
                self.held.cursor = seq;
                self.apply(row);
            }
        }
    }

    fn apply(&mut self, row: Row) {
        match row {
            Row::Message(message) | Row::Changed { message, .. } => {
                self.held.messages.insert(message.seq, message);
            }
            Row::Member(member) => self.held.insert(member),
            Row::Other { .. } => {}
        }
    }
}
