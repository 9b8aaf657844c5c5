//! The open room's timeline: state + event → state.
//!
//! The only place where events change messages and members. Applying an event twice changes
//! nothing, and a gap between seqs is noticed, never papered over: the seqs of a room are dense.

use super::{
    Change, Crowd, Mark, Member, Message, RoomId, Seq, UserId, What,
    crowd::Taken,
    marks::Marks,
    page::{OpenRoom, RECEIPTS_MAX},
    sorted::Sorted,
    watched::Watched,
    window::Window,
};

/// How many events that came too early are kept until the missing ones arrive.
const EARLY_MAX: usize = 256;

/// What is known of one room: some of its messages, and its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    pub room: RoomId,
    pub window: Watched<Window>,
    pub members: Watched<Crowd>,
    /// How far they have come, where that is told.
    pub marks: Watched<Marks>,
    /// Who was asked to enter, when the page was read.
    pub invited: Vec<UserId>,
    /// The highest seq up to which nothing is missing.
    pub cursor: Seq,
    early: Sorted<Seq, What>,
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

impl Timeline {
    pub fn new(page: &OpenRoom) -> Self {
        Self {
            room: page.room.id,
            window: Watched::new(Window::new(&page.history, page.cursor)),
            members: Watched::new(Crowd::new(page)),
            marks: Watched::new(Marks::new(&page.marks)),
            invited: page.invited.clone(),
            cursor: page.cursor,
            early: Sorted::new(),
        }
    }

    /// Takes in one live change.
    pub(super) fn apply(&mut self, Change { seq, what, .. }: Change) -> Applied {
        if seq <= self.cursor {
            return Applied::Known;
        }
        if seq > self.cursor.next() {
            if self.early.len() < EARLY_MAX {
                self.early.insert(seq, what);
            }
            return Applied::Gap;
        }
        self.take(what);
        self.cursor = seq;
        self.take_early();
        Applied::Yes
    }

    /// Takes in all members, as they were read after the page was.
    pub(super) fn fill_members(&mut self, all: Vec<Member>) {
        self.members.fill(all);
    }

    /// Takes in every row that changed between the cursor and `head`. True if changes are still missing.
    pub(super) fn apply_synced(&mut self, head: Seq, messages: Vec<Message>, members: Vec<Member>) -> bool {
        // The answer may be older than what came live since: somebody it shows may have left again.
        let known = self.cursor;
        let messages = messages.into_iter().filter(|message| message.changed_seq > known);
        messages.for_each(|message| self.take_message(message));
        let members = members.into_iter().filter(|member| member.seq > known);
        members.for_each(|member| self.take_member(member));
        self.cursor = known.max(head);
        self.take_early();
        !self.early.is_empty()
    }

    fn take(&mut self, what: What) {
        match what {
            What::Message(message) | What::Changed(message) => self.take_message(message),
            What::Member(member) => self.take_member(member),
            What::Unknown(_) => {}
        }
    }

    fn take_message(&mut self, message: Message) {
        if let Some(notice) = message.notice.filter(|_| message.seq > self.cursor) {
            self.members.take_notice(notice);
        }
        self.window.take(message);
    }

    fn take_member(&mut self, member: Member) {
        let (user, seq) = (member.user, member.seq);
        match self.members.take(member) {
            Taken::Known => {}
            Taken::Left => self.marks.remove(user),
            _ if self.members.count() > RECEIPTS_MAX => *self.marks = Marks::default(),
            // What was said before counts as read.
            Taken::Entered if !self.marks.is_empty() => {
                self.marks.raise(Mark { user, delivered_seq: seq, read_seq: seq });
            }
            Taken::Entered | Taken::Changed => {}
        }
    }

    fn take_early(&mut self) {
        while let Some((seq, what)) = self.early.pop_up_to(&self.cursor.next()) {
            if seq > self.cursor {
                self.take(what);
                self.cursor = seq;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
