//! The nodes of one installation: what this node tells the others by NATS, and hears from them.
//!
//! Words are hints, PostgreSQL is the truth. A durable event, of this node or another, goes through its
//! room's gate; what a gate lacks is asked for by a `Job`, since nothing here queries: `chat::repair`
//! does. Without other nodes there is no bus, no gate and no cost.

mod connect;
mod credentials;
pub(super) mod gate;
mod link;
pub(super) mod packets;
mod recent_marks;
pub(super) mod recent_moves;
pub(super) mod rooms;
mod told_marks;
mod trouble;
mod users;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use uuid::Uuid;

pub use self::{credentials::BusError, trouble::Trouble};
use self::{
    link::Link,
    packets::{PresencePacket, RoomPacket, UserPacket},
    recent_marks::RecentMarks,
    rooms::{Room, Rooms},
    users::Users,
};
use crate::{
    model::{Change, Ephemeral, RoomId, Seq, Timestamp, UserId, UserRef, people::Introduced},
    server::{
        clock,
        config::{NatsOptions, NatsUrl},
    },
};

const JOBS: usize = 4_096;
/// How many users one packet of a snapshot names: NATS takes 1 MiB.
const SNAPSHOT_PART: usize = 1_000;
/// A word that may be lost is void after so long.
const PASSING_MAX: Duration = Duration::from_secs(6);

/// What needs the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// The room's gate lacks something.
    Repair(RoomId),
    /// The user's connections here may hear what they must not, or not what they must.
    Membership { room: RoomId, user: UserId },
}

#[derive(Debug)]
pub struct Bus {
    pub(super) link: Arc<Link>,
    pub(super) rooms: Rooms,
    pub(super) users: Users,
    recent: RecentMarks,
    jobs: mpsc::Sender<Job>,
    turn: AtomicU64,
}

impl Bus {
    /// Connects to NATS, now or whenever it answers, and gives the jobs that will come up. `node` is this
    /// start of this node, `epoch` the database's.
    ///
    /// # Errors
    /// If the settings of NATS cannot be used.
    pub async fn open(
        nats: (&NatsUrl, &NatsOptions),
        node: Uuid,
        epoch: &str,
    ) -> Result<(Self, mpsc::Receiver<Job>), BusError> {
        let link = Link::open(nats, node, epoch).await?;
        link.wait_until_up().await;
        let (jobs, waiting) = mpsc::channel(JOBS);
        let (rooms, users, recent) = (Rooms::default(), Users::default(), RecentMarks::default());
        Ok((Self { link, rooms, users, recent, jobs, turn: AtomicU64::new(1) }, waiting))
    }

    /// Whether words come back from NATS.
    pub fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// Why they do not come back, while they do not.
    pub fn trouble(&self) -> Trouble {
        self.link.trouble()
    }

    /// Whether all of `nodes` are heard.
    pub fn hears_all(&self, nodes: &[Uuid]) -> bool {
        nodes.iter().all(|node| self.link.hears(*node))
    }

    /// Waits until words may have been lost.
    pub async fn doubt(&self) {
        self.link.doubt.notified().await;
    }

    /// All nodes have been heard of late: no mark waits to be told again.
    pub fn forget_old_marks(&self) {
        self.recent.forget_old();
    }

    /// Whose marks moved here in the last moments, or since nodes are not heard.
    pub fn take_recent_marks(&self) -> Vec<(RoomId, UserId)> {
        self.recent.take()
    }

    /// What this node has seen of each open room.
    pub fn seen(&self) -> HashMap<RoomId, Seq> {
        self.rooms.seen()
    }

    /// Asks for the room's repair, unless one is under way.
    pub fn ask_repair(&self, room: RoomId) {
        if let Some(room) = self.rooms.get(room) {
            room.with(|state| {
                state.is_repairing = state.is_repairing || self.ask(Job::Repair(room.id));
            });
        }
    }

    /// What this node has seen of the room; none if it is not open here.
    pub fn seen_of(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(room)?.seen()
    }

    /// Hands over a job; a full queue drops it, and the next comparison finds it again.
    pub(super) fn ask(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }

    pub(super) fn room(&self, room: RoomId) -> Option<Arc<Room>> {
        self.rooms.get(room)
    }

    pub(super) fn publish_change(&self, Introduced { event: change, people }: &Introduced<Change>) {
        let told = || Introduced { event: change, people: people.clone() };
        let word = RoomPacket::<_, &Ephemeral, &UserRef>::Change(told());
        self.link.publish(self.link.subjects.room(change.room), &word);
        if let Some((user, ..)) = change.moved() {
            let word = UserPacket::<&Ephemeral, _>::Moved(told());
            self.link.publish(self.link.subjects.user(user), &word);
        }
    }

    pub(super) fn publish_ephemeral(&self, room: RoomId, event: &Ephemeral) {
        self.recent.note(event);
        let word = RoomPacket::<&Change, _, &UserRef>::Passing { event, at: clock::now() };
        self.link.publish(self.link.subjects.room(room), &word);
    }

    pub(super) fn publish_typing(&self, room: RoomId, user: &UserRef, on: bool) {
        let word = RoomPacket::<&Change, &Ephemeral, _>::Typing { user, on, at: clock::now() };
        self.link.publish(self.link.subjects.room(room), &word);
    }

    pub(super) fn publish_to_user(&self, user: UserId, told: &Introduced<Ephemeral>) {
        self.recent.note(&told.event);
        let told = Introduced { event: &told.event, people: told.people.clone() };
        self.link.publish(self.link.subjects.user(user), &UserPacket::<_, &Change>::Tell(told));
    }

    pub(super) fn publish_presence(&self, user: &UserRef, online: bool) {
        self.link.publish(self.link.subjects.presence(), &PresencePacket::Changed { user, online });
    }

    pub(super) fn publish_name(&self, user: &UserRef) {
        self.link.publish(self.link.subjects.presence(), &PresencePacket::Name { user });
    }

    pub(super) fn publish_snapshot(&self, users: &[UserRef]) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let parts = users.chunks(SNAPSHOT_PART).map(|part| part.iter().collect::<Vec<_>>());
        let mut parts: Vec<Vec<&UserRef>> = parts.collect();
        // A node without users says so.
        let last = parts.pop().unwrap_or_default();
        let words = parts.into_iter().map(|part| (part, false)).chain([(last, true)]);
        for (users, is_last) in words {
            let word = PresencePacket::Snapshot { turn, is_last, users };
            self.link.publish(self.link.subjects.presence(), &word);
        }
    }

    /// Asks who is online elsewhere.
    pub(super) fn ask_presence(&self) {
        self.link.publish(self.link.subjects.presence(), &PresencePacket::<UserRef>::Ask {});
    }

    /// Takes leave of the other nodes.
    pub async fn close(&self) {
        self.link.publish(self.link.subjects.presence(), &PresencePacket::<UserRef>::Bye {});
        self.link.close().await;
    }
}

/// Whether a word told at `at`, by the clock of another node, is worth repeating.
pub(super) fn is_fresh(at: Timestamp) -> bool {
    let age = clock::now().0.saturating_sub(at.0);
    age < i64::try_from(PASSING_MAX.as_micros()).unwrap_or(i64::MAX)
}
