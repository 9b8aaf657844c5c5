//! What an attack has to work with, and what it finds.

use std::{
    any::Any,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use rand::{RngExt as _, rngs::StdRng};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, timeout},
};

use super::template::People;
use crate::stage::Http;

/// A server that accepts no more leaves a new connection waiting.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);
/// Few bytes fit into the receive buffer of somebody who does not read.
const SMALL_BUFFER: u32 = 4 * 1024;
/// How many connections are opened at the same time.
const AT_ONCE: usize = 64;

pub struct Target {
    pub server: SocketAddr,
    pub people: Arc<People>,
    /// A large file that everybody may fetch.
    pub asset: Arc<str>,
    pub rng: StdRng,
    pub is_short: bool,
    /// Connections that the attacker keeps open after the attack.
    pub held: Vec<Box<dyn Any + Send>>,
    /// What did not hold.
    pub findings: Vec<String>,
    /// What a reader of the figures may want to know.
    pub notes: Vec<String>,
}

/// The one address of most attacks.
pub const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66));

impl Target {
    /// Until when an attack goes on that begins now.
    pub fn until(&self) -> Instant {
        Instant::now() + Duration::from_millis(if self.is_short { 1_200 } else { 3_000 })
    }

    /// How many of something: fewer in a short run.
    pub fn size(&self, short: usize, long: usize) -> usize {
        if self.is_short { short } else { long }
    }

    pub fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.findings.push(what());
        }
    }

    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// An address that nobody else has, by chance.
    pub fn any_address(&mut self) -> IpAddr {
        any_address(&mut self.rng)
    }

    /// A connection for requests of a client at this address.
    pub async fn http(&self, client: IpAddr) -> Result<Http> {
        http(self.server, client).await
    }

    /// Opens connections that send what `bytes` gives for each, read nothing, and stay; says how many opened.
    pub async fn send_and_hold(
        &mut self,
        count: usize,
        mut bytes: impl FnMut(&mut Self) -> Vec<u8>,
    ) -> usize {
        let before = self.held.len();
        let mut opening = JoinSet::new();
        for _ in 0..count {
            let (server, bytes) = (self.server, bytes(self));
            opening.spawn(async move { open_and_send(server, &bytes).await });
            if opening.len() >= AT_ONCE
                && let Some(Ok(Some(stream))) = opening.join_next().await
            {
                self.held.push(Box::new(stream));
            }
        }
        while let Some(opened) = opening.join_next().await {
            if let Ok(Some(stream)) = opened {
                self.held.push(Box::new(stream));
            }
        }
        self.held.len() - before
    }
}

pub fn any_address(rng: &mut StdRng) -> IpAddr {
    Ipv4Addr::from_bits(rng.random_range(0x0b00_0000..0x7f00_0000)).into()
}

pub async fn http(server: SocketAddr, client: IpAddr) -> Result<Http> {
    Ok(timeout(CONNECT_PATIENCE, Http::connect(server)).await??.on_behalf_of(client))
}

/// A connection with a small receive buffer; none if the server takes none.
pub async fn open(server: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.set_recv_buffer_size(SMALL_BUFFER).ok()?;
    timeout(CONNECT_PATIENCE, socket.connect(server)).await.ok()?.ok()
}

async fn open_and_send(server: SocketAddr, bytes: &[u8]) -> Option<TcpStream> {
    let stream = open(server).await?;
    // A server that refuses in the middle of it may close.
    timeout(CONNECT_PATIENCE, send_all(&stream, bytes)).await.ok();
    Some(stream)
}

/// Sends as much as the server takes.
pub async fn send_all(stream: &TcpStream, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
