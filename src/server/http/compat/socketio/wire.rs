//! A WebSocket's socket that can be cut from outside, whatever its peer does or does not.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::Wired;

pub(super) struct Wire {
    socket: TcpStream,
    /// What came right behind the handshake.
    received: Bytes,
    // One for each half: two tasks wait.
    cut_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_writing: Pin<Box<WaitForCancellationFutureOwned>>,
    _wired: Option<Wired>,
}

impl Wire {
    pub(super) fn new(
        socket: TcpStream,
        received: Bytes,
        cut: &CancellationToken,
        wired: Option<Wired>,
    ) -> Self {
        let cut = || Box::pin(cut.clone().cancelled_owned());
        Self { socket, received, cut_reading: cut(), cut_writing: cut(), _wired: wired }
    }

    fn socket(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.socket)
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
        if self.received.is_empty() {
            return self.socket().poll_read(context, buffer);
        }
        let taken = buffer.remaining().min(self.received.len());
        buffer.put_slice(&self.received.split_to(taken));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        unless_cut(&mut self.cut_writing, context)?;
        self.socket().poll_write(context, bytes)
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
