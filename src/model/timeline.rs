//! The open room's timeline: state + event → state.
//!
//! The only place where events change messages and members. Applying an event twice changes
//! nothing, and a gap between seqs is noticed, never papered over: the seqs of a room are dense.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Member, Message, RoomId, Seq, UserId,
    page::{HistoryPage, OpenRoom},
};

/// How many events that came too early are kept until the missing ones arrive.
const EARLY_MAX: usize = 256;

/// What is known of one room: a contiguous stretch of messages, and all members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    pub room: RoomId,
    /// Ascending by seq.
    pub messages: Vec<Arc<Message>>,
    /// Members who have not left.
    pub members: BTreeMap<UserId, Member>,
    /// The highest seq up to which nothing is missing.
    pub cursor: Seq,
    pub has_older: bool,
    /// True while the stretch ends before the room's newest message; new ones then stay out of it.
    pub has_newer: bool,
    early: BTreeMap<Seq, Change>,
}

/// A durable change of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Message(Message),
    Member(Member),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is part of the state now.
    Yes,
    /// It was known before.
    Known,
    /// Changes before it are missing: ask for them.
    Gap,
}

impl Change {
    fn seq(&self) -> Seq {
        match self {
            Self::Message(message) => message.changed_seq,
            Self::Member(member) => member.seq,
        }
    }
}

impl Timeline {
    pub fn new(page: &OpenRoom) -> Self {
        Self {
            room: page.room.id,
            messages: page.history.messages.iter().cloned().map(Arc::new).collect(),
            members: page.members.iter().map(|m| (m.user.id, m.clone())).collect(),
            cursor: page.cursor,
            has_older: page.history.has_older,
            has_newer: page.history.has_newer,
            early: BTreeMap::new(),
        }
    }

    /// The seq of the oldest message at hand, from which an older page is asked for.
    pub fn oldest(&self) -> Option<Seq> {
        self.messages.first().map(|message| message.seq)
    }

    /// Takes in one live change.
    pub(super) fn apply(&mut self, change: Change) -> Applied {
        let seq = change.seq();
        if seq <= self.cursor {
            return Applied::Known;
        }
        if seq > self.cursor.next() {
            if self.early.len() < EARLY_MAX {
                self.early.insert(seq, change);
            }
            return Applied::Gap;
        }
        self.take(change);
        self.cursor = seq;
        self.take_early();
        Applied::Yes
    }

    /// Takes in every row that changed between the cursor and `head`. True if changes are still missing.
    pub(super) fn apply_synced(&mut self, head: Seq, messages: Vec<Message>, members: Vec<Member>) -> bool {
        messages.into_iter().for_each(|message| self.take(Change::Message(message)));
        members.into_iter().for_each(|member| self.take(Change::Member(member)));
        self.cursor = self.cursor.max(head);
        self.take_early();
        !self.early.is_empty()
    }

    /// Puts an older page before the stretch.
    pub(super) fn prepend(&mut self, page: HistoryPage) {
        let oldest = self.oldest();
        let older = page.messages.into_iter().filter(|m| oldest.is_none_or(|oldest| m.seq < oldest));
        self.messages.splice(0..0, older.map(Arc::new));
        self.has_older = page.has_older;
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::Message(message) => self.take_message(message),
            Change::Member(member) => self.take_member(member),
        }
    }

    fn take_message(&mut self, message: Message) {
        match self.messages.binary_search_by_key(&message.seq, |known| known.seq) {
            Ok(at) if self.messages[at].changed_seq < message.changed_seq => {
                self.messages[at] = Arc::new(message);
            }
            Ok(_) => {}
            // Older than the stretch: it comes with its page. Newer than a stretch that ends early: likewise.
            Err(0) if self.has_older => {}
            Err(at) if at == self.messages.len() && self.has_newer => {}
            Err(at) => self.messages.insert(at, Arc::new(message)),
        }
    }

    fn take_member(&mut self, member: Member) {
        let known = self.members.get(&member.user.id).map(|known| known.seq);
        if known.is_some_and(|known| known >= member.seq) {
            return;
        }
        if member.joined {
            self.members.insert(member.user.id, member);
        } else {
            self.members.remove(&member.user.id);
        }
    }

    fn take_early(&mut self) {
        while let Some(entry) = self.early.first_entry() {
            if *entry.key() > self.cursor.next() {
                return;
            }
            let (seq, change) = entry.remove_entry();
            if seq > self.cursor {
                self.take(change);
                self.cursor = seq;
            }
        }
    }
}
