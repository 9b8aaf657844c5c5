//! The accept loop: from the port to the router, one task per connection.
//!
//! Our own, since `axum::serve` sets no time for slow headers and hides the socket that the live protocol
//! writes to. HTTP/1.1 only: browsers speak nothing else without TLS, and proxies speak it to us.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use crate::server::limits::Proxies;

/// How long a client may take for its request line and headers, also between two requests.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;
/// What the kernel holds for a client that does not read; more would hide from us that it is slow.
const SEND_BUFFER: u32 = 256 * 1024;
/// After a failed accept, such as for want of file descriptors, others get time to end.
const PAUSE: Duration = Duration::from_millis(100);

/// Cuts the connection of the request that has it as an extension.
#[derive(Clone, Debug)]
pub(super) struct Cut(pub(super) CancellationToken);

/// Opens the port.
///
/// # Errors
/// Those of the socket, such as an address in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`; then accepts no more, lets open requests finish and returns.
pub async fn serve(listener: TcpListener, router: Router, proxies: Proxies, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                tasks.spawn(converse(socket, peer, router.clone(), proxies.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// One connection, until it ends or becomes a WebSocket.
async fn converse(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    proxies: Proxies,
    stop: CancellationToken,
) {
    // Frames and pages leave in small pieces; waiting to fill a packet would cost 40 ms each.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let cut = CancellationToken::new();
    let own_cut = Cut(cut.clone());
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        let client = proxies.client_of(peer.ip(), request.headers());
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(own_cut.clone());
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = Box::pin(connection);
    let finish = async {
        tokio::select! {
            ended = &mut connection => return ended,
            () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        connection.await
    };
    let ended = tokio::select! {
        ended = finish => ended,
        () = cut.cancelled() => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection broke");
    }
}
