//! What connected clients are told, as it happens: fan-out, presence, typing.
//!
//! No HTTP and no SQL. The writer hands over effects after a commit, and `perform` sees to them. An event goes to the `hub`, which
//! adds it to its room's channel; what waits there is handed to each `subscriber`. A WebSocket takes its bytes at once; the task of a
//! stream takes the typed events. `http` reads what comes in. `bus` is the way to other nodes, if there are any, and `nodes` what
//! is done here because of them.

mod bus;
mod close;
mod effect;
mod encoded;
pub mod frame;
mod hub;
mod nodes;
mod perform;
mod presence;
mod subscriber;
mod typing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use bus::{Bus, BusError, Job, Trouble};
pub use close::Close;
pub use effect::Effect;
pub use encoded::EncodedEvent;
pub use hub::{Hub, PING_EVERY, PONG_WITHIN};
pub use nodes::Watch;
pub use subscriber::{QUEUE_BYTES, Subscriber, Transport, WRITE_DEADLINE, hang_up};

use self::{
    presence::{Presence, Spread},
    typing::Typing,
};
use crate::model::{Ephemeral, RoomId, UserId, UserRef, people::Introduced};

/// The live side of one server.
#[derive(Debug)]
pub struct Live {
    pub hub: Hub,
    presence: Presence,
    /// Held while presence changes and everyone is told, so that nobody hears it in another order.
    telling: Mutex<()>,
    typing: Typing,
    /// The way to other nodes.
    pub bus: Option<Bus>,
}

impl Live {
    /// Starts the fan-out on the current runtime; with a bus, as a node among others.
    pub fn start(bus: Option<Bus>) -> Self {
        Self {
            hub: Hub::start(),
            presence: Presence::default(),
            telling: Mutex::default(),
            typing: Typing::default(),
            bus,
        }
    }

    /// A connection of `user` begins with `hello`. Everyone hears of the user's first one.
    pub fn connect(
        self: &Arc<Self>,
        user: UserRef,
        session: String,
        line: Transport,
        hello: &Introduced,
    ) -> Connection {
        let subscriber = self.hub.register(user.id, session, line, hello);
        let _telling = self.telling();
        let reach = self.presence.arrive(&user);
        self.tell_presence(reach, &user, true);
        Connection { live: Arc::clone(self), subscriber, user }
    }

    pub fn online(&self) -> Vec<UserRef> {
        self.presence.online()
    }

    /// Those of the users who are online.
    pub fn online_of(&self, users: impl Iterator<Item = UserId>) -> Vec<UserRef> {
        self.presence.online_of(users)
    }

    /// The room's members who are connected to this node, by id.
    pub fn online_in(&self, room: RoomId) -> Vec<UserId> {
        self.hub.users_in(room)
    }

    /// `user` types, or has stopped to. Each renewal is told, since a note is void after six seconds.
    pub fn set_typing(&self, room: RoomId, user: &UserRef, on: bool) {
        // A connection keeps the name that its user had when it began.
        let now = self.presence.find(user.id).filter(|now| now.seq > user.seq);
        let user = now.as_ref().unwrap_or(user);
        if let Some(bus) = &self.bus {
            bus.publish_typing(room, user, on);
        }
        self.note_typing(room, user, on);
    }

    fn note_typing(&self, room: RoomId, user: &UserRef, on: bool) {
        if on {
            self.typing.start(room, user);
        } else if !self.typing.stop(room, user.id) {
            return;
        }
        self.tell_typing(room);
    }

    /// Pings the quiet and ends the dead, until awaited no more.
    pub async fn keep_connections(&self) {
        self.hub.keep_connections().await;
    }

    /// Forgets who stopped typing without a word, until `stop` is awaited no more.
    pub async fn expire_typing(&self) {
        let mut tick = tokio::time::interval(typing::TICK);
        loop {
            tick.tick().await;
            for room in self.typing.expire() {
                self.tell_typing(room);
            }
        }
    }

    fn tell_typing(&self, room: RoomId) {
        let people = self.typing.users(room);
        let event = Ephemeral::Typing { room, users: people.iter().map(|user| user.id).collect() };
        self.hub.publish_ephemeral(room, &Introduced { event: event.into(), people });
    }

    fn depart(self: Arc<Self>, user: UserId) {
        if !self.presence.disconnect(user) {
            return;
        }
        tokio::spawn(async move {
            tokio::time::sleep(presence::GRACE).await;
            let _telling = self.telling();
            if let Some((user, reach)) = self.presence.leave(user) {
                self.tell_presence(reach, &user, false);
            }
        });
    }

    fn tell_presence(&self, reach: Spread, user: &UserRef, online: bool) {
        if reach == Spread::Everywhere && !self.presence.is_crowded() {
            self.hub.broadcast(&presence_changed(user.clone(), online));
        }
        if let Some(bus) = self.bus.as_ref().filter(|_| reach != Spread::Nowhere) {
            bus.publish_presence(user, online);
        }
    }

    fn telling(&self) -> MutexGuard<'_, ()> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn presence_changed(user: UserRef, online: bool) -> Introduced {
    let event = Ephemeral::PresenceChanged { user: user.id, online };
    Introduced { event: event.into(), people: user.into() }
}

/// One live connection; dropping it ends it everywhere.
pub struct Connection {
    live: Arc<Live>,
    subscriber: Arc<Subscriber>,
    pub user: UserRef,
}

impl Connection {
    pub fn subscriber(&self) -> &Arc<Subscriber> {
        &self.subscriber
    }

    /// From now on the connection hears of these rooms, and of those entered since it began.
    pub fn subscribe(&self, rooms: Vec<RoomId>) {
        self.live.hub.subscribe(&self.subscriber, rooms);
    }

    pub fn user_id(&self) -> UserId {
        self.user.id
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.live.hub.unregister(&self.subscriber);
        Arc::clone(&self.live).depart(self.user.id);
    }
}
