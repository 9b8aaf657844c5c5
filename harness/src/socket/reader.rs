//! The receiving way of a connection.

use std::{cell::RefCell, collections::VecDeque, io, sync::Arc};

use anyhow::{Context as _, Result};

use super::{
    Frame, Wire,
    frame::{Cutter, append_frame, opcode},
    writer,
};

const READ_BUFFER: usize = 256 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BUFFER]);
}

/// A frame of a program that wants to keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Text(String),
    /// The server's close frame with its code, 1005 if it gave none.
    Close(u16),
}

#[derive(Debug)]
pub struct Reader {
    wire: Arc<Wire>,
    cutter: Cutter,
    /// What came with the answer to the upgrade.
    ahead: Vec<u8>,
    waiting: VecDeque<Message>,
}

impl Reader {
    pub(super) fn new(wire: Arc<Wire>, ahead: Vec<u8>) -> Self {
        Self { wire, cutter: Cutter::default(), ahead, waiting: VecDeque::new() }
    }

    /// Waits until something arrives, reads once, and shows each frame but pings where it lies.
    /// False at the end of the stream.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn read(&mut self, on_frame: &mut impl FnMut(Frame<'_>)) -> io::Result<bool> {
        for message in self.waiting.drain(..) {
            match message {
                Message::Text(text) => on_frame(Frame { opcode: opcode::TEXT, payload: text.as_bytes() }),
                Message::Close(code) => {
                    on_frame(Frame { opcode: opcode::CLOSE, payload: &code.to_be_bytes() });
                }
            }
        }
        if !self.ahead.is_empty() {
            let ahead = std::mem::take(&mut self.ahead);
            self.show(&ahead, on_frame);
            return Ok(true);
        }
        loop {
            self.wire.stream.readable().await?;
            let read: io::Result<bool> = BUFFER.with_borrow_mut(|buffer| {
                let length = self.wire.stream.try_read(buffer)?;
                self.show(&buffer[..length], on_frame);
                Ok(length > 0)
            });
            match read {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => {}
                done => return done,
            }
        }
    }

    /// The next message.
    ///
    /// # Errors
    /// At the end of the stream, or those of the connection.
    pub async fn next(&mut self) -> Result<Message> {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Ok(message);
            }
            let mut came = VecDeque::new();
            let goes_on = self
                .read(&mut |frame| match frame.opcode {
                    opcode::TEXT => {
                        came.push_back(Message::Text(String::from_utf8_lossy(frame.payload).into_owned()));
                    }
                    opcode::CLOSE => came.push_back(Message::Close(close_code(frame.payload))),
                    _ => {}
                })
                .await?;
            self.waiting = came;
            (goes_on || !self.waiting.is_empty()).then_some(()).context("the connection ended")?;
        }
    }

    fn show(&mut self, bytes: &[u8], on_frame: &mut impl FnMut(Frame<'_>)) {
        let wire = &self.wire;
        self.cutter.cut(bytes, &mut |frame| {
            if frame.opcode == opcode::PING {
                let mut pong = Vec::new();
                append_frame(&mut pong, opcode::PONG, frame.payload);
                // A broken connection shows at the next read.
                writer::push(wire, &pong).ok();
            } else {
                on_frame(frame);
            }
        });
    }
}

/// The code of a close frame, 1005 if it has none.
pub(crate) fn close_code(payload: &[u8]) -> u16 {
    payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))
}
