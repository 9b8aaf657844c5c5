//! The reading half of a WebSocket: a library takes the bytes apart and checks them.
//!
//! What the library itself wants to send, such as pongs, goes through the subscriber like all else.

use std::io::{self, Read, Write};

use tokio::net::TcpStream;
use tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

use super::{FRAME_MAX, frames::FrameCount};
use crate::server::live::{Close, Subscriber};

/// Every idle connection holds a buffer of so many bytes; it grows with the frame that needs more.
const READ_BUFFER: usize = 512;
/// After so many bytes, or so many messages, other connections get a turn.
const TURN_BYTES: usize = 2 * FRAME_MAX;
const TURN_MESSAGES: usize = 32;

pub(in crate::server::http) struct Inbox {
    context: WebSocketContext,
    count: FrameCount,
    turn: Turn,
}

/// What may still be read before others get a turn.
#[derive(Debug)]
struct Turn {
    bytes: usize,
    messages: usize,
}

impl Turn {
    const WHOLE: Self = Self { bytes: TURN_BYTES, messages: TURN_MESSAGES };

    fn is_over(&self) -> bool {
        self.bytes == 0 || self.messages == 0
    }
}

/// What came.
pub(in crate::server::http) enum Received {
    Text(Utf8Bytes),
    Bytes,
    /// A ping or a pong, which needs no answer from here.
    Control,
    /// Nothing for now.
    Nothing,
    /// Nothing ever: the peer said goodbye, or broke a rule.
    End(Close),
}

impl Inbox {
    /// Begins with the bytes that came right behind the handshake.
    pub(in crate::server::http) fn new(received: &[u8]) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(FRAME_MAX))
            .max_frame_size(Some(FRAME_MAX));
        let context = WebSocketContext::from_partially_read(received.to_vec(), Role::Server, Some(config));
        let mut count = FrameCount::default();
        count.read(received);
        Self { context, count, turn: Turn::WHOLE }
    }

    /// How many frames have come since the last call that are no message or the end of one: pings, pongs, fragments.
    pub(in crate::server::http) fn take_others(&mut self) -> u32 {
        self.count.take_others()
    }

    pub(in crate::server::http) fn has_others(&self) -> bool {
        self.count.has_others()
    }

    /// Lets others have a turn if this connection has had its own. True if it has.
    pub(in crate::server::http) async fn take_turns(&mut self) -> bool {
        let is_over = self.turn.is_over();
        if is_over {
            tokio::task::yield_now().await;
            self.begin_turn();
        }
        is_over
    }

    /// The connection had to wait: it has a whole turn again.
    pub(in crate::server::http) fn begin_turn(&mut self) {
        self.turn = Turn::WHOLE;
    }

    /// The next message, without waiting. What the library answers goes to the subscriber.
    pub(in crate::server::http) fn next(&mut self, socket: &TcpStream, subscriber: &Subscriber) -> Received {
        let (received, answers) = self.read(socket);
        if !answers.is_empty() {
            subscriber.tell_frames(answers.into());
        }
        received
    }

    /// The next message, without waiting, and the frames with which the library answers it. Nothing once the turn is over.
    pub(in crate::server::http) fn read(&mut self, socket: &TcpStream) -> (Received, Vec<u8>) {
        if self.turn.is_over() {
            return (Received::Nothing, Vec::new());
        }
        let (count, left) = (&mut self.count, &mut self.turn.bytes);
        let mut stream = Stream { socket, answers: Vec::new(), count, left };
        let received = match self.context.read(&mut stream) {
            Ok(Message::Text(text)) => Received::Text(text),
            Ok(Message::Binary(_)) => Received::Bytes,
            Ok(Message::Close(_)) => {
                // The echo of a goodbye is the last thing; whether it arrives does not matter.
                let _ = self.context.flush(&mut stream);
                Received::End(Close::Gone)
            }
            Ok(_) => Received::Control,
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Received::Nothing,
            Err(error) => Received::End(fault(&error)),
        };
        let answers = stream.answers;
        self.turn.messages -= 1;
        (received, answers)
    }
}

/// What the peer did wrong.
fn fault(error: &Error) -> Close {
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error {
        Error::Capacity(_) => Close::TooLarge,
        Error::Utf8(_) => Close::NotText,
        Error::Protocol(ResetWithoutClosingHandshake) => Close::Gone,
        Error::Protocol(_) => Close::Protocol,
        _ => Close::Gone,
    }
}

/// Reads from the socket; keeps what is written.
struct Stream<'a> {
    socket: &'a TcpStream,
    answers: Vec<u8>,
    count: &'a mut FrameCount,
    /// How many bytes may still be read in this turn: endless empty fragments never make a message.
    left: &'a mut usize,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if *self.left == 0 {
            // The socket stays ready: others get a turn, and then it goes on.
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = self.socket.try_read(buffer)?;
        *self.left = self.left.saturating_sub(read);
        self.count.read(&buffer[..read]);
        Ok(read)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.answers.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
