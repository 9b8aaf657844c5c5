//! One connection, until it ends or becomes a WebSocket.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, task::yield_now};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    Cut, Deadlines, Site,
    body::{Leaving, arriving},
    full,
    guarded::Guarded,
    seat::{Phase, Seat, Socket},
};

/// The most bytes of a request's line and headers; what is longer is answered 431.
const HEAD_BYTES: usize = 64 * 1024;

/// What a connection may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Everything,
    /// The server is full: one request of an operator's health check.
    ProbeOnly,
}

/// Serves the connection until it ends, is cut, or `stop`; then it may finish its request.
pub(super) async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    manner: Manner,
    site: Arc<Site>,
    stop: CancellationToken,
) {
    // Frames and pages leave in small pieces; waiting to fill a packet would cost 40 ms each.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let deadlines = match manner {
        Manner::Everything => site.deadlines,
        Manner::ProbeOnly => full::DEADLINES,
    };
    let socket = Arc::clone(seat.socket());
    let cut = socket.cut.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        socket.enter(Phase::Busy);
        answer(request, peer, manner, deadlines, Arc::clone(&site), Arc::clone(&socket))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.head)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES)
        .keep_alive(manner == Manner::Everything)
        .serve_connection(TokioIo::new(Guarded::new(stream, seat, deadlines.stall)), service)
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

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    manner: Manner,
    deadlines: Deadlines,
    site: Arc<Site>,
    socket: Arc<Socket>,
) -> Result<Response<Leaving>, Infallible> {
    // A turn of its own for each: requests that wait behind one another on a connection would hold up everybody else.
    yield_now().await;
    let answer = if manner == Manner::Everything || full::is_probe(request.uri().path()) {
        let client = site.proxies.client_of(peer.ip(), request.headers());
        let mut request = request.map(|body| arriving(body, &socket, deadlines.stall));
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(Cut(socket.cut.clone()));
        site.router.clone().oneshot(request).await?
    } else {
        full::refuse(request.uri().path())
    };
    Ok(answer.map(|body: Body| Leaving::new(body, socket)))
}
