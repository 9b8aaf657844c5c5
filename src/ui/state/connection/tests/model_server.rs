//! A server in a few lines: one room, one connection at a time, and every kind of trouble.

use std::collections::VecDeque;

use crate::{
    error::AppError,
    model::{
        Change, Cid, ClientCommand, Ephemeral, LiveEvent, Message, MessageId, Seq, Timestamp, UserId,
        overview::Rest,
        timeline::tests::{ROOM, message, summary},
    },
    ui::state::connection::{ladder::Way, session::tests::hello},
};

pub(super) const ME: UserId = UserId(1);
const BOB: i64 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing reaches the server.
    Away,
    /// Sockets are refused on the way.
    NoSocket,
    /// Sockets open, and nothing ever comes.
    SilentSocket,
    NoEvents,
    SilentEvents,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Message,
    Sync,
}

/// What became of a try to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    Refused,
    Silent,
    Greets,
}

#[derive(Debug, Default)]
pub(super) struct Server {
    log: Vec<Message>,
    troubles: Vec<Trouble>,
    refusals: Vec<Refusal>,
    /// What the client has sent and the server has not read.
    pub(super) incoming: VecDeque<ClientCommand>,
    /// What the server has sent and the client has not read.
    pub(super) outgoing: VecDeque<LiveEvent>,
    way: Option<Way>,
}

impl Server {
    pub(super) fn open(&mut self, way: Way) -> Opened {
        self.close();
        let has = |trouble| self.troubles.contains(&trouble);
        match way {
            _ if has(Trouble::Away) => return Opened::Refused,
            Way::Socket if has(Trouble::NoSocket) => return Opened::Refused,
            Way::Events if has(Trouble::NoEvents) => return Opened::Refused,
            Way::Socket if has(Trouble::SilentSocket) => return Opened::Silent,
            Way::Events if has(Trouble::SilentEvents) => return Opened::Silent,
            _ => {}
        }
        self.way = Some(way);
        self.outgoing.push_back(hello().into());
        Opened::Greets
    }

    pub(super) fn close(&mut self) {
        self.way = None;
        self.incoming.clear();
        self.outgoing.clear();
    }

    pub(super) fn trouble(&mut self, trouble: Trouble, is_on: bool) {
        self.troubles.retain(|known| *known != trouble);
        if is_on {
            self.troubles.push(trouble);
        }
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    pub(super) fn is_away(&self) -> bool {
        self.troubles.contains(&Trouble::Away)
    }

    pub(super) fn head(&self) -> Seq {
        Seq(i64::try_from(self.log.len()).unwrap())
    }

    pub(super) fn seqs(&self) -> Vec<Seq> {
        self.log.iter().map(|message| message.seq).collect()
    }

    pub(super) fn stored_of_me(&self) -> Vec<Cid> {
        let mine = self.log.iter().filter(|message| message.from == ME);
        mine.filter_map(|message| message.cid).collect()
    }

    /// Bob writes.
    pub(super) fn say(&mut self) {
        self.store(message(self.head().next().0, BOB));
    }

    fn store(&mut self, message: Message) {
        self.log.push(message.clone());
        if self.way.is_some_and(|way| way != Way::Polling) {
            self.outgoing.push_back(Change::new_message(message).into());
        }
    }

    pub(super) fn serve(&mut self, most: usize) {
        if self.is_away() {
            return;
        }
        for _ in 0..most {
            let Some(command) = self.incoming.pop_front() else { return };
            match command {
                ClientCommand::Sync { rooms, .. } => self.sync(rooms[&ROOM]),
                ClientCommand::Message { cid, text, .. } => self.message(cid, &text),
                ClientCommand::Who {} => {
                    self.outgoing.push_back(Ephemeral::Presence { online: Vec::new() }.into())
                }
                ClientCommand::Ping {} => self.outgoing.push_back(Ephemeral::Pong {}.into()),
                ClientCommand::Delivered { seq, .. } => assert!(seq <= self.head(), "it holds what is not"),
                ClientCommand::Read { .. } | ClientCommand::Typing { .. } => {}
            }
        }
    }

    fn sync(&mut self, cursor: Seq) {
        if self.takes_refusal(Refusal::Sync) {
            let error = AppError::RateLimited { retry_after_ms: 700 };
            return self.outgoing.push_back(Ephemeral::refused(None, error).into());
        }
        let head = self.head();
        self.outgoing
            .push_back(Ephemeral::Rooms { rooms: vec![summary(head.0)], rest: Some(Rest::default()) }.into());
        let messages: Vec<_> = self.log.iter().filter(|message| message.seq > cursor).cloned().collect();
        if !messages.is_empty() {
            let synced = Ephemeral::Synced { room: ROOM, head, messages, members: Vec::new() }.into();
            self.outgoing.push_back(synced);
        }
        self.outgoing.push_back(Ephemeral::Ready {}.into());
    }

    fn message(&mut self, cid: Cid, text: &str) {
        if let Some(known) = self.log.iter().find(|message| message.cid == Some(cid)) {
            let again = delivery(cid, known.seq);
            return self.outgoing.push_back(again);
        }
        let error = match text {
            _ if self.takes_refusal(Refusal::Message) => AppError::STORAGE_FULL,
            "bad" => AppError::Forbidden,
            _ => {
                let seq = self.head().next();
                self.store(Message { cid: Some(cid), ..message(seq.0, ME.0) });
                return self.outgoing.push_back(delivery(cid, seq));
            }
        };
        self.outgoing.push_back(Ephemeral::refused_send(cid, error).into());
    }

    fn takes_refusal(&mut self, refusal: Refusal) -> bool {
        let at = self.refusals.iter().position(|known| *known == refusal);
        at.map(|at| self.refusals.swap_remove(at)).is_some()
    }
}

fn delivery(cid: Cid, seq: Seq) -> LiveEvent {
    Ephemeral::Delivery { cid, room: ROOM, id: MessageId(seq.0), seq, at: Timestamp(seq.0) }.into()
}
