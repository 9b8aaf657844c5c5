//! Bodies on their way: what a client sends must come, and the table of sockets knows when a response has been given.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};

use super::{
    patience::Patience,
    seat::{Phase, Socket},
};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A request's body with a deadline: a client that stops in the middle of it, or trickles, does not hold its handler.
pub(super) fn arriving(body: Incoming, socket: &Arc<Socket>, stall: Duration) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(Arriving { body, socket: Arc::clone(socket), patience: Patience::new(stall) })
}

struct Arriving {
    body: Incoming,
    socket: Arc<Socket>,
    patience: Patience,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = &mut *self;
        let next = Pin::new(&mut this.body).poll_frame(context);
        let Poll::Ready(frame) = next else {
            this.socket.stall();
            return this.patience.poll_wait(context).map(|()| Some(Err("the body came too slowly".into())));
        };
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        if this.patience.moved(bytes).is_some() {
            this.socket.resume();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Fault::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body: once it has been given, its connection is idle.
pub(super) struct Leaving {
    body: Body,
    socket: Arc<Socket>,
}

impl Leaving {
    pub(super) fn new(body: Body, socket: Arc<Socket>) -> Self {
        Self { body, socket }
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.socket.enter(Phase::Idle);
    }
}
