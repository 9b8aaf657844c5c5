//! A seeded client: it talks, retries, wanders, vanishes and comes back, and logs all of it.

mod connection;
mod deeds;
mod events;
mod habits;
mod hearing;
mod marks;
mod outbox;
mod reading;
mod rooms;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use habits::Habits;
use outbox::Outbox;
pub use reading::{read_epoch, read_heads, read_marks, read_page, read_room, read_user};
use rooms::Rooms;

use super::{
    checker::Witness,
    log::{Clock, Log, What},
    marks::{Mark, Marks},
    wire::RoomHead,
};
use crate::stage::Person;

/// What all clients of a run are asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Live: talk and make trouble.
    Talk,
    /// Say nothing new; be connected, answered and up to date.
    Settle,
    /// Go home.
    End,
}

/// A way to a server: for sockets, perhaps through a proxy, and for HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub socket: SocketAddr,
    pub http: SocketAddr,
}

/// Who a client is and how it lives.
#[derive(Clone, Debug)]
pub struct Character {
    pub person: Person,
    pub user: i64,
    pub seed: u64,
    pub doors: Vec<Door>,
    /// The mean time between two deeds.
    pub pace: Duration,
    /// The channel that people enter and leave.
    pub wander: Option<i64>,
    /// A client that only listens, and believes in a silent connection for longer.
    pub is_patient: bool,
    /// A client that hears by server-sent events and says nothing.
    pub is_listener: bool,
    /// A client that was written for an older version of the protocol.
    pub is_old: bool,
    /// A client that marks by REST, which answers once the mark is stored.
    pub stores_marks: bool,
}

impl Character {
    /// What may be lost is not told to a slow client, and an old one may not know who has entered.
    fn hears_all_marks(&self) -> bool {
        !self.is_patient && !self.is_old
    }
}

/// How far a client is, for who waits until all have settled.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Connected, and the answer to `sync` is complete.
    pub is_ready: bool,
    pub unanswered: usize,
    pub cursors: BTreeMap<i64, i64>,
    /// What it was told of how far the members of its rooms have come, if it hears all of that.
    pub marks: BTreeMap<i64, Marks>,
    /// How far it has come itself, as far as that was acknowledged.
    pub marked: BTreeMap<i64, Mark>,
    pub connections: u32,
    pub acknowledged: u64,
    pub delivered: u64,
    pub refused: u64,
    /// The codes of the server's close frames.
    pub close_codes: Vec<u16>,
    pub slowest_answer: Duration,
}

/// A status that two tasks share.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<Mutex<Status>>);

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub struct Client {
    character: Character,
    status: Shared,
    log: Log,
    habits: Habits,
    rooms: Rooms,
    /// The rooms of an answer to `sync` whose list may go on.
    listed: Option<Vec<RoomHead>>,
    outbox: Outbox,
    epoch: Option<String>,
    /// The number of the current connection.
    conn: u32,
    is_ready: bool,
    /// When to send again what was refused for now.
    resend: Option<Instant>,
    sent_at: BTreeMap<String, Instant>,
    /// What it called its marks.
    marking: BTreeMap<String, (i64, Mark)>,
    /// The furthest mark of each room that was acknowledged.
    acknowledged: BTreeMap<i64, Mark>,
}

impl Client {
    pub fn new(character: Character, clock: &Clock) -> Self {
        Self {
            habits: Habits::new(character.seed, character.pace),
            rooms: Rooms::new(character.user),
            status: Shared::default(),
            log: Log::new(clock),
            outbox: Outbox::default(),
            listed: None,
            epoch: None,
            conn: 0,
            is_ready: false,
            resend: None,
            sent_at: BTreeMap::new(),
            marking: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            character,
        }
    }

    pub fn status(&self) -> Shared {
        self.status.clone()
    }

    /// Lives until the wish is to end; gives what there is to know about it.
    pub async fn live(mut self, mut wish: watch::Receiver<Wish>) -> Witness {
        while *wish.borrow_and_update() != Wish::End {
            self.conn += 1;
            let ended = match self.character.is_listener {
                true => self.listen(&mut wish).await,
                false => self.connect(&mut wish).await,
            };
            let (code, why) = match ended {
                Ok(code) => (code, "closed".to_owned()),
                Err(error) => (None, format!("{error:#}")),
            };
            self.log.note(What::Closed { conn: self.conn, code, why });
            self.status.lock().close_codes.extend(code);
            self.is_ready = false;
            self.listed = None;
            self.rooms.disconnected();
            self.publish();
            if *wish.borrow() != Wish::End {
                let wait = self.habits.backoff();
                tokio::select! { () = tokio::time::sleep(wait) => {}, _ = wish.changed() => {} }
            }
        }
        Witness {
            user: self.character.user,
            is_old: self.character.is_old,
            hears_all_marks: self.character.hears_all_marks(),
            username: self.character.person.username,
            held: self.rooms.held(),
            log: self.log,
            views: BTreeMap::new(),
        }
    }

    /// Shows how far the client is.
    fn publish(&self) {
        let mut status = self.status.lock();
        status.is_ready = self.is_ready;
        status.unanswered = self.outbox.waiting().len();
        status.connections = self.conn;
        status.cursors = self.rooms.cursors();
        if self.character.hears_all_marks() {
            status.marks = self.rooms.marks();
        }
        status.marked.clone_from(&self.acknowledged);
    }
}
