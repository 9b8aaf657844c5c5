//! What the checker is given: every client's log and state, and the rooms as they are in the end.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::faults::{
    log::{Entry, Log, What},
    marks::{Mark, Marks, raise},
    wire::{Member, Message},
};

#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub witnesses: Vec<Witness>,
    /// Per room what each node says of how far its members have come, in the end.
    pub marks: BTreeMap<i64, Vec<Marks>>,
    pub revocations: Vec<Revocation>,
    pub rules: Rules,
}

/// A session that was ended, and what became of its connections.
#[derive(Clone, Debug, Default)]
pub struct Revocation {
    pub how: String,
    /// When that was promised, on the run's clock.
    pub at_ms: u64,
    pub lines: Vec<Line>,
    /// What the session's proof still opened afterwards.
    pub still_opens: Vec<String>,
}

/// A connection of a session that was ended.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub name: String,
    /// How soon after the promise it must be closed.
    pub within_ms: u64,
    pub heard: u64,
    /// Nothing if it was still open when the case ended.
    pub closed_ms: Option<u64>,
    pub code: Option<u16>,
}

/// Laws that a case suspends.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A failed commit may lose the first of two pipelined sends and keep the second.
    pub pipeline: bool,
    /// A stopped process cannot tell that typing has ended.
    pub typing: bool,
    /// The database was put back on the way: only its last epoch is judged.
    pub restored: bool,
    /// A killed process forgets the marks of its last quarter of a second, unless it promised that they are stored.
    pub marks: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { pipeline: true, typing: true, restored: false, marks: true }
    }
}

/// A client after the run.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    pub user: i64,
    pub username: String,
    /// It was written for an older version of the protocol.
    pub is_old: bool,
    /// It is told of every mark.
    pub hears_all_marks: bool,
    pub log: Log,
    /// The rooms as events and resumes made them.
    pub held: BTreeMap<i64, HeldRoom>,
    /// The same rooms, read anew over HTTP.
    pub views: BTreeMap<i64, View>,
}

#[derive(Clone, Debug, Default)]
pub struct HeldRoom {
    pub cursor: i64,
    pub messages: BTreeMap<i64, Arc<Message>>,
    pub members: BTreeMap<i64, Member>,
    pub marks: Marks,
}

impl HeldRoom {
    /// Takes in what became of a member.
    pub fn insert(&mut self, member: Member) {
        if member.joined {
            raise(&mut self.marks, member.user, Mark::entered(member.seq));
        }
        self.members.insert(member.user, member);
    }
}

/// The whole history of a room and its members who have not left.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub cursor: i64,
    pub messages: Vec<Arc<Message>>,
    pub members: Vec<Member>,
    pub marks: Marks,
    /// The room's page as the server renders it, if it was asked for.
    pub page: Option<String>,
}

impl Evidence {
    /// Every room's history as the first member who reads it sees it.
    pub fn rooms(&self) -> BTreeMap<i64, &View> {
        let mut rooms = BTreeMap::new();
        for (room, view) in self.witnesses.iter().flat_map(|witness| &witness.views) {
            rooms.entry(*room).or_insert(view);
        }
        rooms
    }

    /// What happened in the last epoch, and what was sent before it: the rest may be lost with a restore. A client that
    /// never heard of that epoch is judged by all that it was told.
    pub fn of_last_epoch(&self) -> Self {
        let mut evidence = self.clone();
        let Some(last) = self.last_epoch() else { return evidence };
        for witness in &mut evidence.witnesses {
            let entries = &mut witness.log.entries;
            let begins =
                |entry: &Entry| matches!(&entry.what, What::Connected { epoch, .. } if *epoch == last);
            if let Some(first) = entries.iter().position(begins).map(|at| entries[at].tick) {
                let is_asked = |what: &What| matches!(what, What::Invoked { .. } | What::Marks { .. });
                entries.retain(|entry| entry.tick >= first || is_asked(&entry.what));
            }
        }
        evidence
    }

    /// The epoch that was heard of last.
    fn last_epoch(&self) -> Option<String> {
        let mut firsts: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in self.witnesses.iter().flat_map(|witness| &witness.log.entries) {
            if let What::Connected { epoch, .. } = &entry.what {
                let first = firsts.entry(epoch).or_insert(entry.tick);
                *first = entry.tick.min(*first);
            }
        }
        firsts.into_iter().max_by_key(|(_, tick)| *tick).map(|(epoch, _)| epoch.to_owned())
    }

    /// The stored rows by author and cid.
    pub fn rows_by_cid(&self) -> HashMap<(i64, &str), Vec<&Arc<Message>>> {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for message in self.rooms().values().flat_map(|view| &view.messages) {
            if let Some(cid) = &message.cid {
                rows.entry((message.from, cid.as_str())).or_default().push(message);
            }
        }
        rows
    }

    pub fn witness(&self, user: i64) -> Option<&Witness> {
        self.witnesses.iter().find(|witness| witness.user == user)
    }
}

impl Entry {
    /// The messages that this entry shows to its client.
    pub fn messages(&self) -> Vec<&Arc<Message>> {
        match &self.what {
            What::Told { row, .. } => row.message().into_iter().collect(),
            What::Synced { messages, .. } | What::Fetched { messages, .. } => messages.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The members that this entry shows to its client.
    pub fn members(&self) -> Vec<&Member> {
        match &self.what {
            What::Told { row: crate::faults::wire::Row::Member(member), .. } => vec![member],
            What::Synced { members, .. } | What::Fetched { members, .. } => members.iter().collect(),
            _ => Vec::new(),
        }
    }
}
