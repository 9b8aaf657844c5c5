//! The accept loop: from the port to the router, one task per connection.
//!
//! Our own, since `axum::serve` sets no time for slow headers and hides the socket that the live protocol writes to.
//! HTTP/1.1 only: browsers speak nothing else without TLS, and proxies speak it to us. `sockets` counts connections and
//! makes room, `guarded` and `body` cut peers that stop reading or sending, and `full` is what remains when no room can
//! be made.

mod body;
mod connection;
mod descriptors;
mod episode;
mod full;
mod guarded;
mod patience;
mod seat;
mod sockets;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use futures::FutureExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::descriptors::raise_limit;
use self::{
    connection::{Manner, converse},
    descriptors::Spare,
    episode::Episode,
    sockets::{Full, Sockets},
};
pub(super) use self::{guarded::Guarded, seat::Seat};
use crate::server::limits::{LimitTable, Proxies};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;
/// What the kernel holds for a client at first. It tells of progress only when a third of this has left, and a slow client
/// must take that within the deadline.
const FIRST_SEND_BUFFER: u32 = 64 * 1024;
/// What it holds for a client that reads fast; more would hide from us that it is slow.
const SEND_BUFFER: usize = 256 * 1024;
/// After a failed accept, such as for want of file descriptors, others get time to end.
const PAUSE: Duration = Duration::from_millis(50);
/// How many connections are closed to have descriptors again.
const CLOSED_FOR_DESCRIPTORS: usize = 32;

/// Cuts the connection of the request that has it as an extension.
#[derive(Clone, Debug)]
pub(super) struct Cut(pub(super) CancellationToken);

/// How long a connection may make no progress.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For its request line and headers, also between two requests.
    pub head: Duration,
    /// For the rest of a request, and for taking what is sent to it.
    pub stall: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), stall: Duration::from_secs(10) }
    }
}

/// What is served on a port, and to how many at a time.
pub struct Site {
    router: Router,
    proxies: Proxies,
    deadlines: Deadlines,
    sockets: Arc<Sockets>,
    /// For connections beyond the last place of the server, and of an address.
    lanes: [Arc<Sockets>; 2],
}

impl Site {
    /// `descriptors` is what `raise_limit` returns.
    pub fn new(
        router: Router,
        proxies: Proxies,
        limits: &LimitTable,
        deadlines: Deadlines,
        descriptors: usize,
    ) -> Self {
        let sockets = Sockets::new(limits, proxies.clone(), descriptors);
        let lanes = [Sockets::of_size(full::LANE), Sockets::of_size(full::LANE)];
        Self { router, proxies, deadlines, sockets, lanes }
    }
}

/// Opens the port.
///
/// # Errors
/// Those of the socket, such as an address in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(FIRST_SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`; then accepts no more, lets open requests finish and returns.
pub async fn serve(listener: TcpListener, site: Site, stop: CancellationToken) {
    let (site, tasks) = (Arc::new(site), TaskTracker::new());
    let (mut spare, mut failing) = (Spare::new(), Episode::default());
    let spawn = |stream, peer, (seat, manner)| {
        tasks.spawn(converse(stream, peer, seat, manner, Arc::clone(&site), stop.clone()));
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let error = match accepted {
            Ok((stream, peer)) => {
                spare.refill();
                spawn(stream, peer, site.seat(peer.ip()));
                continue;
            }
            // The peer has gone before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => error,
        };
        if failing.begins() {
            tracing::warn!(%error, "connections cannot be accepted: idle and stalled ones are closed");
        }
        // With the last descriptor at least a health check is answered.
        if site.sockets.close_some(CLOSED_FOR_DESCRIPTORS) == 0
            && spare.release()
            && let Some(Ok((stream, peer))) = listener.accept().now_or_never()
        {
            spawn(stream, peer, site.last_resort(Full::Everywhere, peer.ip()));
        }
        tokio::time::sleep(PAUSE).await;
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

impl Site {
    /// A place for a connection, and what it may ask for.
    fn seat(&self, peer: IpAddr) -> (Seat, Manner) {
        match self.sockets.admit(peer) {
            Ok(seat) => (seat, Manner::Everything),
            Err(full) => self.last_resort(full, peer),
        }
    }

    fn last_resort(&self, full: Full, peer: IpAddr) -> (Seat, Manner) {
        let lane = match full {
            Full::Everywhere => &self.lanes[0],
            Full::AtAddress => &self.lanes[1],
        };
        (lane.admit_anyway(peer), Manner::ProbeOnly)
    }
}
