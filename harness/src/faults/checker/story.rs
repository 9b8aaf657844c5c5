//! Made-up evidence for the checker's tests: one room, some members, and what goes right or wrong.

use std::{collections::BTreeMap, sync::Arc};

use super::{Evidence, HeldRoom, View, Witness};
use crate::faults::{
    log::{Clock, Log, What},
    wire::{Member, Message, Row},
};

pub(super) const ROOM: i64 = 7;

/// Members 0, 1, … with the user ids 100, 101, … are connected; ids of messages are 1000 + seq.
pub(super) struct Story {
    pub(super) witnesses: Vec<Witness>,
    rows: Vec<Message>,
    head: i64,
}

impl Story {
    /// A room without any seq yet, and its connected members.
    pub(super) fn of(members: usize) -> Self {
        let clock = Clock::default();
        let witnesses = (0..members).map(|number| {
            let mut log = Log::new(&clock);
            log.note(What::Connected { conn: 1, epoch: "e".to_owned() });
            log.note(What::Asked { conn: 1, cursors: BTreeMap::from([(ROOM, 0)]) });
            log.note(What::Rooms { conn: 1, heads: BTreeMap::from([(ROOM, 0)]) });
            log.note(What::Ready { conn: 1 });
            let (user, username) = (person(number), format!("user{number}"));
            Witness { user, username, hears_all_marks: true, log, ..Witness::default() }
        });
        Self { witnesses: witnesses.collect(), rows: Vec::new(), head: 0 }
    }

    pub(super) fn note(&mut self, member: usize, what: What) -> &mut Self {
        self.witnesses[member].log.note(what);
        self
    }

    /// The member sends, and the server stores with the next seq.
    pub(super) fn send(&mut self, member: usize, cid: &str, text: &str) -> &mut Self {
        self.invoke(member, cid, text).store(member, cid, text)
    }

    pub(super) fn invoke(&mut self, member: usize, cid: &str, text: &str) -> &mut Self {
        let (cid, text) = (cid.to_owned(), text.to_owned());
        self.note(member, What::Invoked { conn: 1, cid, room: ROOM, text })
    }

    pub(super) fn store(&mut self, member: usize, cid: &str, text: &str) -> &mut Self {
        self.head += 1;
        self.rows.push(Message {
            room: ROOM,
            seq: self.head,
            id: 1000 + self.head,
            cid: Some(cid.to_owned()),
            kind: "text".to_owned(),
            notice: None,
            from: person(member),
            text: text.to_owned(),
            html: text.to_owned(),
            at: self.head,
            changed_seq: self.head,
        });
        self
    }

    /// A seq is taken and nobody owns it.
    pub(super) fn skip(&mut self) -> &mut Self {
        self.head += 1;
        self
    }

    pub(super) fn acknowledge(&mut self, member: usize, cid: &str, seq: i64) -> &mut Self {
        let cid = cid.to_owned();
        self.note(member, What::Acknowledged { conn: 1, cid, room: ROOM, id: 1000 + seq, seq })
    }

    pub(super) fn row(&self, seq: i64) -> Message {
        self.rows.iter().find(|row| row.seq == seq).unwrap().clone()
    }

    pub(super) fn tell(&mut self, member: usize, message: Message) -> &mut Self {
        self.note(member, What::Told { conn: 1, row: Row::Message(Arc::new(message)) })
    }

    pub(super) fn tell_all(&mut self, seq: i64) -> &mut Self {
        let row = self.row(seq);
        for member in 0..self.witnesses.len() {
            self.tell(member, row.clone());
        }
        self
    }

    /// The server loses a row.
    pub(super) fn forget(&mut self, seq: i64) {
        self.rows.retain(|row| row.seq != seq);
    }

    /// The server's database is as it was when this seq was the head.
    pub(super) fn put_back_to(&mut self, head: i64) {
        self.rows.retain(|row| row.seq <= head);
        self.head = head;
    }

    /// The server changes a row's words.
    pub(super) fn rewrite(&mut self, seq: i64, text: &str) {
        self.rows.iter_mut().filter(|row| row.seq == seq).for_each(|row| row.text = text.to_owned());
    }

    /// Every member reads the room anew, and holds the same.
    pub(super) fn end(mut self) -> Evidence {
        let messages: Vec<_> = self.rows.into_iter().map(Arc::new).collect();
        let view = View { cursor: self.head, messages: messages.clone(), ..View::default() };
        let by_seq = messages.into_iter().map(|message| (message.seq, message)).collect();
        let held = HeldRoom { cursor: self.head, messages: by_seq, ..HeldRoom::default() };
        for witness in &mut self.witnesses {
            witness.views.insert(ROOM, view.clone());
            witness.held.insert(ROOM, held.clone());
        }
        Evidence { witnesses: self.witnesses, ..Evidence::default() }
    }
}

pub(super) fn person(number: usize) -> i64 {
    100 + i64::try_from(number).unwrap()
}

pub(super) fn member(number: usize, seq: i64, joined: bool) -> Member {
    Member { room: ROOM, seq, user: person(number), role: "member".to_owned(), joined }
}
