//! Beginning to hear: of a user who connects, and of the rooms that the user is in.
//!
//! First NATS is asked, then the database is read, by the caller; what comes in between is held by the
//! rooms' gates. So nothing falls between the database and the stream.

use std::{sync::Arc, time::Duration};

use crate::{
    model::{RoomId, Seq, UserId},
    server::live::{
        Live,
        bus::{
            Bus,
            rooms::{Opening, Room},
        },
    },
};

/// How long NATS may take to take our wishes.
const ASK_MAX: Duration = Duration::from_secs(1);

/// Rooms that stay subscribed to as long as this lives.
#[derive(Debug, Default)]
pub struct Watch {
    rooms: Vec<Arc<Room>>,
}

impl Watch {
    /// The rooms whose heads must be read now and handed to `Live::open`.
    pub fn unopened(&self) -> Vec<RoomId> {
        self.rooms.iter().filter(|room| room.seen().is_none()).map(|room| room.id).collect()
    }

    fn room(&self, id: RoomId) -> Option<&Arc<Room>> {
        self.rooms.iter().find(|room| room.id == id)
    }
}

impl Live {
    /// Hears what other nodes tell of the user. Only then the user's rooms may be read.
    pub async fn follow(self: &Arc<Self>, user: UserId) {
        let Some(bus) = &self.bus else { return };
        let (followed, opening) = bus.users.follow(user);
        if let Some(opening) = opening {
            let subject = bus.link.subjects.user(user);
            self.subscribe(bus, subject, opening, move |live, packet| live.receive_for_user(user, packet));
        }
        if followed.is_in_force() || !bus.is_up() {
            return;
        }
        if tokio::time::timeout(ASK_MAX, followed.wait_until_asked()).await.is_ok() {
            bus.link.settle().await;
            followed.note_in_force();
        }
    }

    /// Hears what other nodes tell of these rooms.
    pub async fn watch(self: &Arc<Self>, rooms: &[RoomId]) -> Watch {
        let Some(bus) = &self.bus else { return Watch::default() };
        let mut held = Vec::with_capacity(rooms.len());
        for &id in rooms {
            let (room, opening) = bus.rooms.hold(id);
            if let Some(opening) = opening {
                let subject = bus.link.subjects.room(id);
                self.subscribe(bus, subject, opening, move |live, packet| live.receive_for_room(id, packet));
            }
            held.push(room);
        }
        let unopened: Vec<_> = held.iter().filter(|room| room.seen().is_none()).collect();
        if !unopened.is_empty() && bus.is_up() {
            let asked = futures::future::join_all(unopened.iter().map(|room| room.wait_until_asked()));
            if tokio::time::timeout(ASK_MAX, asked).await.is_ok() {
                bus.link.settle().await;
            }
        }
        Watch { rooms: held }
    }

    /// Opens rooms at their heads, as read after `watch` and before anyone here hears of them.
    pub fn open(&self, watch: &Watch, heads: &[(RoomId, Seq)]) {
        for (id, head) in heads {
            if let Some(room) = watch.room(*id) {
                room.with(|state| state.gate.open(*head, |_, change| self.deliver(change)));
            }
        }
    }

    fn subscribe(
        self: &Arc<Self>,
        bus: &Bus,
        subject: String,
        opening: Opening,
        hear: impl Fn(&Self, &[u8]) + Send + Sync + 'static,
    ) {
        let (live, link) = (Arc::downgrade(self), Arc::clone(&bus.link));
        let Opening { asked, ended } = opening;
        bus.link.spawn(async move {
            let listen = async {
                let Some(mut words) = link.subscribe(subject).await else { return };
                asked.send_replace(true);
                while let Some(word) = futures::StreamExt::next(&mut words).await {
                    let Some(live) = live.upgrade() else { return };
                    hear(&live, &word.payload);
                }
            };
            tokio::select! {
                () = listen => {}
                () = ended.cancelled() => {}
            }
        });
    }
}
