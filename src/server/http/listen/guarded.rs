//! A stream whose peer must take what it is sent: a blocked write ends the connection after a while. Its peer is read in
//! turns, so that those who send much do not delay the others.
//!
//! Reading needs no deadline here. hyper gives the head of a request one, `body` gives one to what follows it, and
//! while a response is made the peer has nothing to say.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{
    SEND_BUFFER,
    patience::Patience,
    seat::{Phase, Seat},
};

/// How much is read from a peer that goes on sending after the last response, and for how long. A socket that is
/// closed with bytes unread is reset, and the peer may lose that response.
const FAREWELL_BYTES: usize = 256 * 1024;
const FAREWELL: Duration = Duration::from_secs(1);

/// How much is read before other connections have their turn.
const TURN_BYTES: usize = 16 * 1024;

/// A client that takes what was sent within this time reads fast.
const FAST: Duration = Duration::from_secs(1);

/// A stream with a buffer of its own for what its peer has not taken yet.
pub(in crate::server::http) trait Buffered {
    /// Whether closing throws away what was not taken.
    fn discard_unsent(&self, discard: bool);

    /// Gives the stream a large buffer.
    fn enlarge_buffer(&self);
}

impl Buffered for TcpStream {
    fn discard_unsent(&self, discard: bool) {
        // Without it the kernel keeps the bytes for minutes, for a peer that reads nothing.
        if let Err(error) = SockRef::from(self).set_linger(discard.then_some(Duration::ZERO)) {
            tracing::debug!(%error, "no SO_LINGER");
        }
    }

    fn enlarge_buffer(&self) {
        if let Err(error) = SockRef::from(self).set_send_buffer_size(SEND_BUFFER) {
            tracing::debug!(%error, "no SO_SNDBUF");
        }
    }
}

#[derive(Debug)]
pub(in crate::server::http) struct Guarded<S> {
    stream: S,
    seat: Seat,
    patience: Patience,
    is_large: bool,
    /// What may still be read in this turn.
    turn: usize,
    farewell: Option<Farewell>,
}

/// The end of a connection, once everything has been sent.
#[derive(Debug)]
struct Farewell {
    patience: Patience,
    left: usize,
}

impl<S: Buffered> Guarded<S> {
    pub(super) fn new(stream: S, seat: Seat, stall: Duration) -> Self {
        Self {
            stream,
            seat,
            patience: Patience::new(stall),
            is_large: false,
            turn: TURN_BYTES,
            farewell: None,
        }
    }

    /// The bare stream and its place.
    pub(in crate::server::http) fn into_parts(self) -> (S, Seat) {
        (self.stream, self.seat)
    }

    /// The connection speaks another protocol from now on, which looks after it.
    pub(in crate::server::http) fn keep(&mut self) {
        self.seat.socket().enter(Phase::Kept);
        self.enlarge();
    }

    fn enlarge(&mut self) {
        if !std::mem::replace(&mut self.is_large, true) {
            self.stream.enlarge_buffer();
        }
    }

    /// Passes on how a write went; fails once the peer has taken nothing for too long.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Ok(written)) => {
                if let Some(waited) = self.patience.moved(bytes(&written)) {
                    self.seat.socket().resume();
                    self.stream.discard_unsent(false);
                    if waited < FAST {
                        self.enlarge();
                    }
                }
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                if self.seat.socket().stall() {
                    self.stream.discard_unsent(true);
                }
                ready!(self.patience.poll_wait(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.turn == 0 {
            self.turn = TURN_BYTES;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.turn = match outcome {
            Poll::Ready(_) => self.turn.saturating_sub(buffer.filled().len() - before),
            Poll::Pending => TURN_BYTES,
        };
        outcome
    }
}

impl<S: AsyncRead + AsyncWrite + Buffered + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, outcome, |written| *written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, outcome, |written| *written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, outcome, |()| 0)
    }

    /// Says that nothing more comes, and reads what the peer still sends until it says so too.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut farewell = match self.farewell.take() {
            Some(farewell) => farewell,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
                Farewell { patience: Patience::new(FAREWELL), left: FAREWELL_BYTES }
            }
        };
        while farewell.left > 0 {
            let mut bytes = [MaybeUninit::uninit(); TURN_BYTES];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            match self.as_mut().poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    farewell.left = farewell.left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    let waited = farewell.patience.poll_wait(context);
                    self.farewell = Some(farewell);
                    return waited.map(Ok);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;
    use crate::server::http::listen::sockets::Sockets;

    impl Buffered for DuplexStream {
        fn discard_unsent(&self, _: bool) {}

        fn enlarge_buffer(&self) {}
    }

    fn pair() -> (Guarded<DuplexStream>, DuplexStream) {
        pair_of(1_024)
    }

    fn pair_of(buffer: usize) -> (Guarded<DuplexStream>, DuplexStream) {
        let (server, client) = duplex(buffer);
        let seat = Sockets::of_size(1).admit([192, 0, 2, 1].into()).unwrap();
        (Guarded::new(server, seat, Duration::from_millis(50)), client)
    }

    #[tokio::test]
    async fn a_peer_that_reads_nothing_is_cut() {
        let (mut server, _client) = pair();
        let error = server.write_all(&[0; 4_096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(server.seat.socket().merit().is_some(), "its place may go to another");
    }

    #[tokio::test]
    async fn a_peer_that_reads_gets_everything() {
        let (mut server, mut client) = pair();
        let reading = tokio::spawn(async move {
            let mut read = Vec::new();
            client.read_to_end(&mut read).await.unwrap();
            read.len()
        });
        server.write_all(&vec![0; 500_000]).await.unwrap();
        assert!(server.is_large);
        drop(server);
        assert_eq!(reading.await.unwrap(), 500_000);
    }

    #[tokio::test]
    async fn a_peer_that_sends_much_is_read_in_turns() {
        let (mut server, mut client) = pair_of(4 * TURN_BYTES);
        client.write_all(&[0; 4 * TURN_BYTES]).await.unwrap();
        let mut read_turn = || {
            let (mut context, mut read) = (Context::from_waker(Waker::noop()), 0);
            let mut bytes = [0; 1_000];
            let mut buffer = ReadBuf::new(&mut bytes);
            while Pin::new(&mut server).poll_read(&mut context, &mut buffer).is_ready() {
                read += buffer.filled().len();
                buffer.clear();
            }
            read
        };
        let turns = [read_turn(), read_turn(), read_turn()];
        assert!(turns.iter().all(|read| (TURN_BYTES..TURN_BYTES + 1_000).contains(read)), "{turns:?}");
    }

    #[tokio::test]
    async fn a_farewell_ends_whatever_the_peer_does() {
        let (mut server, mut client) = pair();
        let flood = tokio::spawn(async move {
            let mut sent = 0;
            while client.write_all(&[0; 1_024]).await.is_ok() {
                sent += 1_024;
            }
            sent
        });
        server.shutdown().await.unwrap();
        drop(server);
        assert!(flood.await.unwrap() <= FAREWELL_BYTES + 8_192);
        let (mut server, _silent) = pair();
        server.shutdown().await.unwrap();
    }
}
