//! The pure parts put together as `connection::run` does, against the model server.

use std::collections::BTreeSet;

use super::model_server::{ME, Opened, Server};
use crate::{
    model::{
        Cid, ClientCommand, Ephemeral, LiveEvent, LiveState, Me, People, RoomId, Seq, SiteRole, Timestamp,
        event::Protocol,
        outbox::{Send, Target, tests::send},
        overview::Rest,
        page::Overview,
        timeline::tests::{ROOM, page, summary, user},
    },
    ui::state::connection::{
        Order,
        ladder::{Ladder, Life, Next},
        session::Session,
    },
};

/// More rounds than any recovery takes.
const ROUNDS: usize = 2_000;

pub(super) struct Tab {
    pub(super) state: LiveState,
    pub(super) server: Server,
    ladder: Ladder,
    session: Option<Session>,
    read_told: Option<(RoomId, Seq)>,
    now: Timestamp,
    syncs_under_way: usize,
    written: Vec<Send>,
    done: BTreeSet<Cid>,
}

impl Tab {
    pub(super) fn new() -> Self {
        let me = Me { user: user(ME.0), email: None, role: SiteRole::Member };
        let overview = Overview {
            me,
            epoch: "e".into(),
            protocol: Protocol::CURRENT,
            rooms: vec![summary(0)],
            rest: Rest::default(),
            invitations: Vec::new(),
            online: Vec::new(),
            people: People::default(),
            people_seq: Seq(0),
        };
        let mut state = LiveState::new(overview);
        state.open(&page(0, Vec::new(), Vec::new()));
        Self {
            state,
            server: Server::default(),
            ladder: Ladder::default(),
            session: None,
            read_told: None,
            now: Timestamp(1),
            syncs_under_way: 0,
            written: Vec::new(),
            done: BTreeSet::new(),
        }
    }

    /// The cids that must be stored, in the order of writing.
    pub(super) fn expected(&self) -> Vec<Cid> {
        self.written.iter().filter(|send| send.text != "bad").map(|send| send.cid).collect()
    }

    pub(super) fn write(&mut self, bad: bool) {
        let text = if bad { "bad" } else { "good" };
        let send = Send { text: text.into(), ..send(Target::Room(ROOM), self.now.0) };
        self.written.push(send.clone());
        self.state.outbox.push(send);
        self.obey(Order::Flush);
    }

    pub(super) fn obey(&mut self, order: Order) {
        if let Some(session) = &mut self.session {
            session.obey(&self.state, order, self.now);
            self.say();
        }
    }

    /// Opens a connection; one that fails is followed by its pause.
    pub(super) fn open(&mut self) {
        if self.session.is_some() {
            return;
        }
        let way = self.ladder.way();
        let session = Session::new(way, self.now, self.read_told);
        let opened = self.server.open(way);
        self.syncs_under_way = 0;
        match opened {
            Opened::Greets => self.session = Some(session),
            Opened::Refused => self.follow(Life::default()),
            Opened::Silent => {
                self.pass(session.due_in(self.now));
                self.follow(Life { silent: true, ..Life::default() });
            }
        }
    }

    pub(super) fn hear(&mut self, most: usize) {
        let Some(session) = &mut self.session else { return };
        let count = most.min(self.server.outgoing.len());
        let events: Vec<_> = self.server.outgoing.drain(..count).collect();
        if events.is_empty() {
            return;
        }
        let is_answer = |event: &&LiveEvent| {
            matches!(event, LiveEvent::Ephemeral(Ephemeral::Ready {} | Ephemeral::Error { cid: None, .. }))
        };
        self.syncs_under_way -= events.iter().filter(is_answer).count();
        let reloads = session.receive(&mut self.state, events, self.now);
        assert!(!reloads.all && !reloads.page, "nothing here asks for another page");
        self.say();
    }

    pub(super) fn wait(&mut self) {
        let Some(session) = &mut self.session else { return };
        let due = session.due_in(self.now);
        self.now.0 += i64::try_from(due.as_micros()).unwrap();
        if self.ladder.retry_at().is_some_and(|at| at <= self.now) {
            self.read_told = session.read_told();
            self.ladder.retry_socket();
            self.session = None;
            self.server.close();
            return;
        }
        if session.tick(&self.state, self.now) {
            self.say();
        } else {
            self.lose(true);
        }
    }

    pub(super) fn lose(&mut self, dead: bool) {
        let Some(session) = self.session.take() else { return };
        self.server.close();
        self.read_told = session.read_told();
        let worked = session.has_worked();
        self.follow(Life { worked, silent: dead && !worked, ..Life::default() });
    }

    /// Goes on until nothing is left to do.
    pub(super) fn settle(&mut self) {
        for _ in 0..ROUNDS {
            if self.is_settled() {
                return;
            }
            self.open();
            self.server.serve(usize::MAX);
            if self.server.outgoing.is_empty() {
                self.wait();
            }
            self.hear(usize::MAX);
        }
    }

    fn is_settled(&self) -> bool {
        let cursor = self.state.timeline.as_ref().map(|timeline| timeline.cursor);
        self.session.as_ref().is_some_and(Session::has_worked)
            && self.server.incoming.is_empty()
            && self.server.outgoing.is_empty()
            && self.state.outbox.first_waiting().is_none()
            && cursor == Some(self.server.head())
    }

    fn follow(&mut self, life: Life) {
        let mut next = self.ladder.after(life, self.now, 0.5);
        if next == Next::Ask {
            next = self.ladder.asked(!self.server.is_away(), self.now, 0.5);
        }
        match next {
            Next::After(pause) => {
                self.state.disconnect();
                self.pass(pause);
            }
            Next::Now => {}
            Next::Ask => panic!("asked twice"),
        }
    }

    fn pass(&mut self, time: std::time::Duration) {
        self.now.0 += i64::try_from(time.as_micros()).unwrap();
    }

    /// Sends what the session has to say, and checks what must hold at any time.
    fn say(&mut self) {
        let Some(session) = &mut self.session else { return };
        for command in session.take_outgoing() {
            assert!(session.is_greeted(), "{command:?} before the greeting");
            self.syncs_under_way += usize::from(matches!(command, ClientCommand::Sync { .. }));
            assert!(self.syncs_under_way <= 1, "two syncs under way");
            self.server.incoming.push_back(command);
        }
        for send in &self.written {
            let is_here = self.state.outbox.sends.iter().any(|known| known.cid == send.cid);
            if !is_here {
                self.done.insert(send.cid);
            }
            assert!(!is_here || !self.done.contains(&send.cid), "it came back");
        }
    }
}
