//! A WebSocket's socket that can be cut from outside, whatever its peer does or does not, and that counts what passes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{Client, Wired};
use crate::server::http::{listen::Guarded, live::frames::FrameCount};

pub(super) struct Wire {
    socket: Guarded<TcpStream>,
    client: Client,
    count: FrameCount,
    /// What came right behind the handshake.
    received: Bytes,
    // One for each half: two tasks wait.
    cut_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_writing: Pin<Box<WaitForCancellationFutureOwned>>,
    _wired: Option<Wired>,
}

impl Wire {
    pub(super) fn new(
        socket: Guarded<TcpStream>,
        received: Bytes,
        client: Client,
        wired: Option<Wired>,
    ) -> Self {
        let cut = || Box::pin(client.cut.clone().cancelled_owned());
        let (cut_reading, cut_writing) = (cut(), cut());
        let count = FrameCount::default();
        Self { socket, client, count, received, cut_reading, cut_writing, _wired: wired }
    }

    fn socket(&mut self) -> Pin<&mut Guarded<TcpStream>> {
        Pin::new(&mut self.socket)
    }

    /// Counts the frames in what was read; pings, fragments and packets without end cut the connection.
    fn count(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.count.read(bytes);
        let (others, pairs) = (self.count.take_others(), self.count.take_pairs());
        if self.client.meter.others(others) && self.client.meter.packets(pairs) {
            return Ok(());
        }
        self.client.cut.cancel();
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

fn unless_cut(
    cut: &mut Pin<Box<WaitForCancellationFutureOwned>>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    if cut.as_mut().poll(context).is_ready() { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        unless_cut(&mut self.cut_reading, context)?;
        let known = buffer.filled().len();
        if self.received.is_empty() {
            ready!(self.socket().poll_read(context, buffer))?;
        } else {
            let taken = buffer.remaining().min(self.received.len());
            buffer.put_slice(&self.received.split_to(taken));
        }
        Poll::Ready(self.count(&buffer.filled()[known..]))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        unless_cut(&mut self.cut_writing, context)?;
        let written = ready!(self.socket().poll_write(context, bytes))?;
        self.client.meter.left(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        unless_cut(&mut self.cut_writing, context)?;
        self.socket().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        unless_cut(&mut self.cut_writing, context)?;
        self.socket().poll_shutdown(context)
    }
}
