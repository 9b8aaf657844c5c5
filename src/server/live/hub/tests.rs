//! The fan-out without a network: who hears what, and who is closed.

use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    model::{Ephemeral, UserId, people::Introduced},
    server::live::{
        QUEUE_BYTES, Transport,
        encoded::{Audience, News},
    },
};

const ROOM: RoomId = RoomId(1);
const ANA: UserId = UserId(10);

fn pong() -> Introduced {
    Ephemeral::Pong {}.into()
}

fn stream() -> Transport {
    Transport::Stream(tokio_util::sync::CancellationToken::new())
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
            &Ephemeral::refused(None, crate::error::AppError::Internal { request_id: epoch.clone() }).into(),
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
    (hub.register(user, "s".into(), Transport::Socket(server), &pong()), client)
}

#[tokio::test]
async fn a_slow_stream_is_closed_by_bytes_and_the_websocket_beside_it_hears_on() {
    let hub = Hub::start();
    let slow = connect(&hub, ANA);
    let (socket, mut client) = connect_socket(&hub, UserId(11)).await;
    hub.subscribe(&slow, vec![ROOM]);
    hub.subscribe(&socket, vec![ROOM]);
    let error = crate::error::AppError::Internal { request_id: "e".repeat(QUEUE_BYTES / 8) };
    let event = Introduced::from(Ephemeral::refused(None, error));
    let frame = |event: &Introduced| News::of(std::slice::from_ref(event), Audience::ALL).frames;
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
