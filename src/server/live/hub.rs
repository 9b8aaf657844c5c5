//! Who is connected, and who hears of which room.
//!
//! Publishing encodes an event once, adds it to its room and returns; couriers do the rest. Callers
//! publish a room's events in seq order.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{
    Close,
    channel::Channel,
    courier::Couriers,
    line::Line,
    news::{Audience, News},
    registry::{Due, Entry, Move, State, drop_from},
    subscriber::Subscriber,
};
use crate::model::{LiveEvent, RoomId, UserId};

#[derive(Debug)]
pub struct Hub {
    state: RwLock<State>,
    /// What all connections are told, however many there are.
    everyone: Arc<Channel>,
    couriers: Couriers,
}

impl Hub {
    /// Starts the couriers on the current runtime.
    pub fn start() -> Self {
        let everyone = Arc::new(Channel::new(RoomId(0)));
        Self { state: RwLock::default(), everyone, couriers: Couriers::start() }
    }

    /// Adds a connection whose first frame will be `hello` and that hears of no room yet. Rooms entered
    /// from now on are noted, so that nothing falls between this and `subscribe`.
    pub fn register(&self, user: UserId, session: String, line: Line, hello: &LiveEvent) -> Arc<Subscriber> {
        let subscriber = Arc::new(Subscriber::new(user, session, line));
        // It leaves with `subscribe`: who is greeted misses nothing from then on.
        subscriber.queue(&News::of(std::slice::from_ref(hello), subscriber.audience()));
        self.change(|state, _| {
            let id = subscriber.id;
            state.users.entry(user).or_default().push(id);
            state.sessions.entry(subscriber.session.clone()).or_default().push(id);
            let subscriber = Arc::clone(&subscriber);
            state.connections.insert(id, Entry { subscriber, rooms: Vec::new(), noted: Some(Vec::new()) });
        });
        subscriber
    }

    /// Lets the connection hear of `rooms`, as read after `register`, and of what was noted since.
    pub fn subscribe(&self, subscriber: &Arc<Subscriber>, rooms: Vec<RoomId>) {
        self.change(|state, due| {
            let noted = state.connections.get_mut(&subscriber.id).and_then(|entry| entry.noted.take());
            let moves = rooms.into_iter().map(Move::Enter).chain(noted.into_iter().flatten());
            moves.for_each(|step| state.take(subscriber.id, step, due));
            self.everyone.add_quietly(Arc::clone(subscriber));
            due.push(Arc::clone(subscriber));
        });
    }

    pub fn unregister(&self, subscriber: &Subscriber) {
        self.change(|state, due| {
            let Some(entry) = state.connections.remove(&subscriber.id) else { return };
            self.everyone.remove_quietly(subscriber.id);
            for room in entry.rooms {
                state.drop_from(room, subscriber.id, due);
            }
            drop_from(&mut state.users, &subscriber.user, subscriber.id);
            drop_from(&mut state.sessions, &subscriber.session, subscriber.id);
        });
    }

    pub fn enter(&self, room: RoomId, user: UserId) {
        self.change(|state, due| state.take_for_user(user, Move::Enter(room), due));
    }

    /// The user's connections hear what was published before, and nothing after.
    pub fn leave(&self, room: RoomId, user: UserId) {
        self.change(|state, due| state.take_for_user(user, Move::Leave(room), due));
    }

    /// Lets those of the user's connections hear of the room that do not, and tells them `events` first. One that
    /// just begins is told by its own reading of the database.
    pub(super) fn admit(&self, room: RoomId, user: UserId, events: &[LiveEvent]) {
        let news = News::of(events, Audience::ALL);
        self.change(|state, due| {
            let new = state.select(user, |entry| entry.noted.is_none() && !entry.rooms.contains(&room));
            due.extend(new.into_iter().filter(|subscriber| subscriber.queue(&news)));
            state.take_for_user(user, Move::Enter(room), due);
        });
    }

    /// Keeps the user's connections from hearing of the room, and tells `event` to those that did, as the last one.
    pub(super) fn expel(&self, room: RoomId, user: UserId, event: &LiveEvent) {
        let news = News::of(std::slice::from_ref(event), Audience::ALL);
        self.change(|state, due| {
            let gone = state.select(user, |entry| entry.rooms.contains(&room));
            state.take_for_user(user, Move::Leave(room), due);
            due.extend(gone.into_iter().filter(|subscriber| subscriber.queue(&news)));
        });
    }

    /// Tells every connection in the room.
    pub fn publish(&self, room: RoomId, event: &LiveEvent) {
        if let Some(channel) = self.channel(room)
            && channel.publish(event)
        {
            self.couriers.call_for_room(channel);
        }
    }

    /// Tells every connection in the room that is not behind.
    pub fn publish_ephemeral(&self, room: RoomId, event: &LiveEvent) {
        if let Some(channel) = self.channel(room)
            && channel.publish_ephemeral(event)
        {
            self.couriers.call_for_room(channel);
        }
    }

    /// Sends at once, by this thread, what `tell` publishes and answers, if few connections hear of it.
    pub fn by_hand(&self, tell: impl FnOnce()) {
        self.couriers.by_hand(tell);
    }

    /// Tells one connection, together with whatever else waits for it.
    pub fn answer(&self, subscriber: &Arc<Subscriber>, event: &LiveEvent) {
        if subscriber.queue(&News::of(std::slice::from_ref(event), subscriber.audience())) {
            self.couriers.call_for(Arc::clone(subscriber));
        }
    }

    /// Tells every connection of the user.
    pub fn tell_user(&self, user: UserId, event: &LiveEvent) {
        let connections = self.read().select(user, |_| true);
        if connections.is_empty() {
            return;
        }
        let streams = connections.iter().filter(|subscriber| subscriber.is_stream()).count();
        let audience = Audience { sockets: connections.len() > streams, streams: streams > 0 };
        let news = News::of(std::slice::from_ref(event), audience);
        let due = connections.into_iter().filter(|subscriber| subscriber.queue(&news));
        due.for_each(|subscriber| self.couriers.call_for(subscriber));
    }

    /// Tells every connection that is not behind, with the next `tell_everyone`: so many who come at once
    /// are one write to each.
    pub fn broadcast(&self, event: &LiveEvent) {
        self.everyone.publish_ephemeral(event);
    }

    /// Sends what was broadcast.
    pub(super) fn tell_everyone(&self) {
        if self.everyone.is_waiting() {
            self.couriers.call_for_room(Arc::clone(&self.everyone));
        }
    }

    /// Whether a connection of the user hears of the room.
    pub fn hears(&self, user: UserId, room: RoomId) -> bool {
        self.read().of_user(user).any(|entry| entry.rooms.contains(&room))
    }

    /// Whose connections hear of the room, each once.
    pub fn users_in(&self, room: RoomId) -> Vec<UserId> {
        self.channel(room).map(|channel| channel.users()).unwrap_or_default()
    }

    /// Whether all connections of the user hear of the room, or just begin and will.
    pub(super) fn all_hear(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).all(|entry| entry.noted.is_some() || entry.rooms.contains(&room))
    }

    /// Whether a connection of the user hears of the room, or just begins and may.
    pub(super) fn any_hears(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).any(|entry| entry.noted.is_some() || entry.rooms.contains(&room))
    }

    pub fn end_session(&self, session: &str) {
        let state = self.read();
        let ended = state.sessions.get(session).into_iter().flatten();
        let ended = ended.filter_map(|id| state.connections.get(id));
        ended.for_each(|entry| entry.subscriber.close(Close::SessionEnded));
    }

    pub fn close_all(&self, why: Close) {
        self.everyone().iter().for_each(|subscriber| subscriber.close(why));
    }

    /// All connections.
    pub(super) fn everyone(&self) -> Vec<Arc<Subscriber>> {
        self.read().connections.values().map(|entry| Arc::clone(&entry.subscriber)).collect()
    }

    fn channel(&self, room: RoomId) -> Option<Arc<Channel>> {
        self.read().rooms.get(&room).cloned()
    }

    /// Changes who hears of what, then sends what had been told before.
    fn change(&self, change: impl FnOnce(&mut State, &mut Due)) {
        let mut due = Vec::new();
        change(&mut self.write(), &mut due);
        due.into_iter().for_each(|subscriber| self.couriers.call_for(subscriber));
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::AsyncReadExt as _,
        net::{TcpListener, TcpStream},
    };

    use super::{super::queue::QUEUE_BYTES, *};
    use crate::model::Ephemeral;

    const ROOM: RoomId = RoomId(1);
    const ANA: UserId = UserId(10);

    fn pong() -> LiveEvent {
        Ephemeral::Pong {}.into()
    }

    fn stream() -> Line {
        Line::Stream(tokio_util::sync::CancellationToken::new())
    }

    /// A connection without a socket: what it is told waits to be taken.
    fn connect(hub: &Hub, user: UserId) -> Arc<Subscriber> {
        hub.register(user, "s".into(), stream(), &pong())
    }

    /// How many events wait, once everything published has been handed over.
    fn waiting(hub: &Hub, subscriber: &Subscriber) -> usize {
        let channels: Vec<_> = hub.read().rooms.values().cloned().collect();
        channels.iter().for_each(|channel| channel.hand_over(&mut Vec::new()));
        subscriber.take().len()
    }

    #[tokio::test]
    async fn a_room_left_while_rooms_were_read_stays_left() {
        let hub = Hub::start();
        let ana = connect(&hub, ANA);
        hub.leave(ROOM, ANA);
        hub.subscribe(&ana, vec![ROOM]);
        hub.publish(ROOM, &pong());
        assert_eq!(waiting(&hub, &ana), 1, "the greeting");
    }

    #[tokio::test]
    async fn a_room_entered_while_rooms_were_read_is_heard() {
        let hub = Hub::start();
        let ana = connect(&hub, ANA);
        hub.enter(ROOM, ANA);
        hub.subscribe(&ana, vec![]);
        hub.publish(ROOM, &pong());
        hub.publish(RoomId(2), &pong());
        assert_eq!(waiting(&hub, &ana), 2, "the greeting and one event");
    }

    #[tokio::test]
    async fn who_leaves_hears_what_came_before_and_nothing_after() {
        let hub = Hub::start();
        let (ana, bea) = (connect(&hub, ANA), connect(&hub, UserId(11)));
        hub.subscribe(&ana, vec![ROOM]);
        hub.subscribe(&bea, vec![ROOM]);
        hub.publish(ROOM, &pong());
        hub.publish(ROOM, &pong());
        hub.leave(ROOM, ANA);
        hub.publish(ROOM, &pong());
        assert_eq!(waiting(&hub, &ana), 3, "the greeting and two events");
        assert_eq!(waiting(&hub, &bea), 4);
    }

    #[tokio::test]
    async fn who_enters_hears_nothing_of_before() {
        let hub = Hub::start();
        let (ana, bea) = (connect(&hub, ANA), connect(&hub, UserId(11)));
        hub.subscribe(&ana, vec![ROOM]);
        hub.publish(ROOM, &pong());
        hub.subscribe(&bea, vec![ROOM]);
        assert_eq!((waiting(&hub, &ana), waiting(&hub, &bea)), (2, 1));
    }

    #[tokio::test]
    async fn a_full_queue_closes_the_connection_and_no_other() {
        let hub = Hub::start();
        let (slow, quick) = (connect(&hub, ANA), connect(&hub, UserId(11)));
        hub.subscribe(&slow, vec![ROOM]);
        hub.subscribe(&quick, vec![ROOM]);
        let epoch = "e".repeat(QUEUE_BYTES / 8);
        for _ in 0..10 {
            hub.publish(
                ROOM,
                &Ephemeral::refused(None, crate::error::AppError::Internal { request_id: epoch.clone() })
                    .into(),
            );
            assert!(waiting(&hub, &quick) > 0);
        }
        assert_eq!((slow.closing(), quick.closing()), (Some(Close::Slow), None));
    }

    /// A WebSocket's connection, and its client's end.
    async fn connect_socket(hub: &Hub, user: UserId) -> (Arc<Subscriber>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (hub.register(user, "s".into(), Line::Socket(server), &pong()), client)
    }

    #[tokio::test]
    async fn a_slow_stream_is_closed_by_bytes_and_the_websocket_beside_it_hears_on() {
        let hub = Hub::start();
        let slow = connect(&hub, ANA);
        let (socket, mut client) = connect_socket(&hub, UserId(11)).await;
        hub.subscribe(&slow, vec![ROOM]);
        hub.subscribe(&socket, vec![ROOM]);
        let error = crate::error::AppError::Internal { request_id: "e".repeat(QUEUE_BYTES / 8) };
        let event = LiveEvent::from(Ephemeral::refused(None, error));
        let frame = |event: &LiveEvent| News::of(std::slice::from_ref(event), Audience::ALL).frames;
        let mut told = frame(&pong()).to_vec();
        let mut closed_after = None;
        for count in 1..=16 {
            hub.publish(ROOM, &event);
            told.extend(frame(&event));
            let mut heard = vec![0; told.len()];
            client.read_exact(&mut heard).await.unwrap();
            assert!(heard == told, "the WebSocket hears other bytes");
            told.clear();
            closed_after = closed_after.or(slow.closing().map(|why| (why, count)));
        }
        assert_eq!(closed_after, Some((Close::Slow, 8)), "seven events of an eighth fit");
        assert_eq!(socket.closing(), None);
    }

    #[tokio::test]
    async fn a_room_makes_frames_and_events_only_for_those_who_are_in_it() {
        let hub = Hub::start();
        let (socket, _client) = connect_socket(&hub, ANA).await;
        let stream = connect(&hub, UserId(11));
        hub.subscribe(&socket, vec![ROOM, RoomId(2)]);
        hub.subscribe(&stream, vec![ROOM, RoomId(3)]);
        let audience = |room| hub.channel(room).map(|channel| channel.audience()).unwrap();
        let (both, alone) = (audience(ROOM), (audience(RoomId(2)), audience(RoomId(3))));
        assert_eq!((both.sockets, both.streams), (true, true));
        assert_eq!((alone.0.sockets, alone.0.streams), (true, false));
        assert_eq!((alone.1.sockets, alone.1.streams), (false, true));
        hub.leave(ROOM, UserId(11));
        assert!(!audience(ROOM).streams, "who left is counted no more");
    }

    #[tokio::test]
    async fn an_ended_session_ends_its_connections_only() {
        let hub = Hub::start();
        let ana = connect(&hub, ANA);
        let other = hub.register(ANA, "other".into(), stream(), &pong());
        hub.end_session("s");
        assert_eq!((ana.closing(), other.closing()), (Some(Close::SessionEnded), None));
    }

    #[tokio::test]
    async fn an_ended_connection_leaves_nothing_behind() {
        let hub = Hub::start();
        let ana = connect(&hub, ANA);
        hub.subscribe(&ana, vec![ROOM]);
        hub.unregister(&ana);
        let state = hub.read();
        assert!(state.connections.is_empty() && state.users.is_empty() && state.rooms.is_empty());
        assert!(state.sessions.is_empty());
    }
}
