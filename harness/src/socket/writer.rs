//! The sending way of a connection: whole frames, in order, from any thread.

use std::{
    io,
    sync::{Arc, PoisonError},
};

use super::{
    Wire,
    frame::{append_frame, append_text, opcode},
};

#[derive(Clone, Debug)]
pub struct Writer {
    wire: Arc<Wire>,
}

impl Writer {
    pub(super) fn new(wire: Arc<Wire>) -> Self {
        Self { wire }
    }

    /// Sends a text and waits until the system has taken it.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn text(&self, text: &str) -> io::Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        append_text(&mut frame, text.as_bytes());
        self.bytes(&frame).await
    }

    /// Sends a close frame.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn close(&self, code: u16) -> io::Result<()> {
        let mut frame = Vec::new();
        append_frame(&mut frame, opcode::CLOSE, &code.to_be_bytes());
        self.bytes(&frame).await
    }

    /// Sends ready bytes, frames or not, and waits until the system has taken them.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut waits = self.push(bytes)?;
        while waits > 0 {
            self.wire.stream.writable().await?;
            waits = self.push(&[])?;
        }
        Ok(())
    }

    /// Hands over ready frames without waiting; gives how many bytes the system has not taken yet. They
    /// leave with the next call.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn push(&self, frames: &[u8]) -> io::Result<usize> {
        push(&self.wire, frames)
    }

    /// Makes the end of the connection a reset: no farewell, nothing that waits is sent.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn reset_at_end(&self) -> io::Result<()> {
        self.wire.stream.set_zero_linger()
    }
}

pub(super) fn push(wire: &Wire, frames: &[u8]) -> io::Result<usize> {
    let mut backlog = wire.backlog.lock().unwrap_or_else(PoisonError::into_inner);
    if backlog.is_empty() {
        let sent = write(wire, frames)?;
        backlog.extend_from_slice(&frames[sent..]);
    } else {
        backlog.extend_from_slice(frames);
        let sent = write(wire, &backlog)?;
        backlog.drain(..sent);
    }
    Ok(backlog.len())
}

fn write(wire: &Wire, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match wire.stream.try_write(&bytes[sent..]) {
            Ok(length) => sent += length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}
