//! Connections that send as much as the server takes, and come back when they are closed.

use std::{
    fmt::{self, Display},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    task::{JoinSet, yield_now},
    time::{Instant, sleep, timeout_at},
};

use super::target::{ATTACKER, Target, open, send_all};
use crate::{socket::Socket, stage::enter_live};

/// Before a connection that was closed comes back.
const PAUSE: Duration = Duration::from_millis(50);

/// What a connection sends: something once, and then something again and again.
#[derive(Clone, Debug)]
pub struct Stream {
    pub first: Vec<u8>,
    pub again: Vec<u8>,
}

/// What the server took of it.
#[derive(Debug, Default)]
pub struct Taken {
    opened: AtomicUsize,
    bytes: AtomicUsize,
}

impl Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = self.bytes.load(Relaxed) as f64 / f64::from(1 << 20);
        write!(f, "{} connections, {mib:.0} MiB taken", self.opened.load(Relaxed))
    }
}

/// Live connections of attackers that send frames, or anything, and read what is answered.
pub async fn flood_live(target: &Target, connections: usize, stream: Stream) -> Arc<Taken> {
    let (stream, taken) = (Arc::new(stream), Arc::new(Taken::default()));
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let attacker = &target.people.attackers[number % target.people.attackers.len()];
        let headers = format!("Cookie: {}\r\nX-Forwarded-For: {ATTACKER}\r\n", attacker.cookie);
        let (server, stream, taken) = (target.server, Arc::clone(&stream), Arc::clone(&taken));
        tasks.spawn(timeout_at(target.until(), async move {
            loop {
                if let Ok(socket) = enter_live(server, &headers).await {
                    taken.opened.fetch_add(1, Relaxed);
                    pour(socket, &stream, &taken).await;
                }
                sleep(PAUSE).await;
            }
        }));
    }
    while tasks.join_next().await.is_some() {}
    taken
}

async fn pour(socket: Socket, stream: &Stream, taken: &Taken) {
    let Socket { mut reader, writer } = socket;
    let drain = async { while matches!(reader.read(&mut |_| {}).await, Ok(true)) {} };
    let send = async {
        let mut next = &stream.first;
        while writer.bytes(next).await.is_ok() {
            taken.bytes.fetch_add(next.len(), Relaxed);
            next = &stream.again;
            yield_now().await;
        }
    };
    tokio::select! { () = drain => {}, () = send => {} }
}

/// Connections that send requests, or anything, and read nothing.
pub async fn flood_http(
    server: SocketAddr,
    connections: usize,
    until: Instant,
    again: Vec<u8>,
) -> Arc<Taken> {
    let (again, taken) = (Arc::new(again), Arc::new(Taken::default()));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (again, taken) = (Arc::clone(&again), Arc::clone(&taken));
        tasks.spawn(timeout_at(until, async move {
            loop {
                if let Some(stream) = open(server).await {
                    taken.opened.fetch_add(1, Relaxed);
                    while send_all(&stream, &again).await.is_ok() {
                        taken.bytes.fetch_add(again.len(), Relaxed);
                        yield_now().await;
                    }
                }
                sleep(PAUSE).await;
            }
        }));
    }
    while tasks.join_next().await.is_some() {}
    taken
}
