//! The connection under a protocol's WebSocket: frames in, frames out, signs of life, and the goodbye.
//!
//! It knows neither the protocol nor the user, and counts no allowance; what it reads and writes may be dropped
//! halfway and goes on where it stopped.

use axum::body::Bytes;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

use crate::server::{
    http::{
        listen::Seat,
        live::inbox::{Inbox, Received},
    },
    live::{Close, PING_EVERY, PONG_WITHIN, WRITE_DEADLINE, frame, hang_up},
};

pub(super) struct Socket {
    stream: TcpStream,
    _seat: Seat,
    pub(super) inbox: Inbox,
    /// Frames that have not left yet.
    pub(super) outgoing: Vec<u8>,
    heard: Instant,
    /// Whether the peer was asked for a sign of life since.
    asked: bool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, seat: Seat, received: &Bytes) -> Self {
        Self {
            stream,
            _seat: seat,
            inbox: Inbox::new(received),
            outgoing: Vec::new(),
            heard: Instant::now(),
            asked: false,
        }
    }

    pub(super) fn say(&mut self, texts: Vec<String>) {
        texts.iter().for_each(|text| frame::append_json(&mut self.outgoing, text.as_bytes()));
    }

    /// Waits for what comes next, or asks a silent peer whether it is there. May be dropped while it waits.
    pub(super) async fn receive(&mut self) -> Received {
        loop {
            self.inbox.take_turns().await;
            let (received, answers) = self.inbox.read(&self.stream);
            self.outgoing.extend(answers);
            // Fragments are to be counted though they make no message yet.
            if !matches!(received, Received::Nothing) || self.inbox.has_others() {
                (self.heard, self.asked) = (Instant::now(), false);
                return received;
            }
            let patience = if self.asked { PING_EVERY + PONG_WITHIN } else { PING_EVERY };
            tokio::select! {
                ready = self.stream.readable() => match ready {
                    Ok(()) => {}
                    Err(_) => return Received::End(Close::Gone),
                },
                () = sleep_until(self.heard + patience) => {
                    if self.asked {
                        return Received::End(Close::Gone);
                    }
                    self.asked = true;
                    self.outgoing.extend(frame::PING);
                    return Received::Nothing;
                }
            }
        }
    }

    /// Writes what was said. May be dropped while it waits, and goes on where it stopped.
    pub(super) async fn flush(&mut self) -> std::io::Result<()> {
        while !self.outgoing.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(&self.outgoing) {
                Ok(written) => drop(self.outgoing.drain(..written)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says why, unless a frame is stuck on its way.
    pub(super) async fn end(mut self, why: Close) {
        if why == Close::Gone || !self.outgoing.is_empty() {
            return;
        }
        self.outgoing.extend_from_slice(&frame::of_close(why));
        if let Ok(Ok(())) = timeout(WRITE_DEADLINE, self.flush()).await {
            hang_up(&self.stream).await;
        }
    }
}
