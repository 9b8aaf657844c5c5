//! What waits for one socket: stretches of whole frames, in their order.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
};

use bytes::Bytes;
use tokio::{net::TcpStream, time::Instant};

use crate::server::live::{Close, frame};

/// How many bytes may wait for a connection that takes no more.
pub const QUEUE_BYTES: usize = 256 * 1024;
/// How many stretches leave in one write.
const SLICES: usize = 64;

/// Why something is queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing may come after it without it.
    Durable,
    /// A connection that is behind may miss it.
    Ephemeral,
    /// The client has asked for it.
    Answer,
}

/// What became of something that was to be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It waits.
    All,
    /// There was nothing, or it may be missed.
    Nothing,
    /// It found no room and is lost: nothing may follow.
    Overflow,
}

/// Frames on their way out, in their order.
#[derive(Debug, Default)]
pub(super) struct ByteQueue {
    /// Stretches of whole frames.
    chunks: VecDeque<Bytes>,
    bytes: usize,
    /// How many of these the client has asked for.
    asked: usize,
    /// How much of the first chunk has left.
    sent: usize,
    /// Since when the socket takes no more.
    pub(super) blocked: Option<Instant>,
    /// The close frame is the last one.
    ended: bool,
}

impl ByteQueue {
    /// Adds frames, unless they are too many. A socket that takes what it gets may get any number, and a long answer on
    /// its way leaves the events behind it as much room as ever; behind it no other answer may wait.
    pub(super) fn add(&mut self, frames: &Bytes, kind: Kind) -> Added {
        let is_missed = kind == Kind::Ephemeral && self.blocked.is_some();
        if frames.is_empty() || self.ended || is_missed {
            return Added::Nothing;
        }
        let waiting = if kind == Kind::Answer { self.bytes } else { self.bytes - self.asked };
        if self.blocked.is_some() && waiting > 0 && waiting + frames.len() > QUEUE_BYTES {
            return Added::Overflow;
        }
        if kind == Kind::Answer {
            self.asked += frames.len();
        }
        self.push(frames.clone());
        Added::All
    }

    fn push(&mut self, frames: Bytes) {
        if !frames.is_empty() {
            self.bytes += frames.len();
            self.chunks.push_back(frames);
        }
    }

    /// Writes as much as the socket takes.
    ///
    /// # Errors
    /// Those of the socket; then nothing is kept.
    pub(super) fn write(&mut self, socket: &TcpStream) -> io::Result<()> {
        self.blocked = None;
        while let Some(first) = self.chunks.front() {
            let written = if self.chunks.len() == 1 {
                socket.try_write(&first[self.sent..])
            } else {
                socket.try_write_vectored(&self.slices())
            };
            match written {
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = Some(Instant::now());
                    break;
                }
                Err(error) => {
                    *self = Self { ended: true, ..Self::default() };
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn slices(&self) -> Vec<IoSlice<'_>> {
        let mut slices: Vec<_> = self.chunks.iter().take(SLICES).map(|chunk| IoSlice::new(chunk)).collect();
        if let Some(first) = self.chunks.front() {
            slices[0] = IoSlice::new(&first[self.sent..]);
        }
        slices
    }

    /// Forgets `written` bytes.
    fn advance(&mut self, written: usize) {
        self.bytes -= written;
        self.asked = self.asked.min(self.bytes);
        self.sent += written;
        while let Some(first) = self.chunks.front()
            && self.sent >= first.len()
        {
            self.sent -= first.len();
            self.chunks.pop_front();
        }
    }

    /// Makes the close frame the last one. For a slow peer nothing that waits is kept, except the rest
    /// of a frame that has begun to leave.
    pub(super) fn end(&mut self, why: Close) {
        if why == Close::Slow {
            let begun = self.chunks.pop_front().filter(|_| self.sent > 0);
            self.chunks.clear();
            if let Some(begun) = begun {
                let end = frame::end_of_frame(&begun, self.sent);
                self.chunks.push_back(begun.slice(..end));
            }
            self.bytes = self.chunks.iter().map(Bytes::len).sum::<usize>() - self.sent;
            self.asked = self.asked.min(self.bytes);
        }
        self.push(frame::of_close(why));
        self.ended = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(chunks: &[&'static [u8]], sent: usize) -> ByteQueue {
        let mut queue = ByteQueue::default();
        chunks.iter().for_each(|chunk| queue.push(Bytes::from_static(chunk)));
        queue.advance(sent);
        queue
    }

    fn rest(queue: &ByteQueue) -> Vec<u8> {
        queue.slices().iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn what_was_written_in_part_goes_on_where_it_stopped() {
        let chunks: [&[u8]; 3] = [b"ab", b"cde", b"f"];
        for sent in 0..6 {
            let queue = queue(&chunks, sent);
            assert_eq!(rest(&queue), &b"abcdef"[sent..]);
            assert_eq!(queue.bytes, 6 - sent);
        }
    }

    #[test]
    fn behind_a_long_answer_events_have_as_much_room_as_ever_and_another_answer_has_none() {
        let blocked = || ByteQueue { blocked: Some(Instant::now()), ..ByteQueue::default() };
        let add = |queue: &mut ByteQueue, bytes: usize, kind| queue.add(&vec![0; bytes].into(), kind);
        let mut queue = blocked();
        let alone = add(&mut queue, 4 * QUEUE_BYTES, Kind::Answer);
        assert_eq!(alone, Added::All, "alone it may be of any length");
        assert_eq!(add(&mut queue, QUEUE_BYTES, Kind::Durable), Added::All);
        assert_eq!(add(&mut queue, 1, Kind::Answer), Added::Overflow);
        assert_eq!(add(&mut queue, 1, Kind::Durable), Added::Overflow);
        assert_eq!(add(&mut queue, 1, Kind::Ephemeral), Added::Nothing);

        let mut queue = blocked();
        assert_eq!(add(&mut queue, QUEUE_BYTES, Kind::Durable), Added::All);
        assert_eq!(add(&mut queue, 1, Kind::Answer), Added::Overflow);
        queue.blocked = None;
        assert_eq!(
            add(&mut queue, 1, Kind::Ephemeral),
            Added::All,
            "a socket that takes it may get any number"
        );
    }

    #[test]
    fn a_slow_peer_gets_the_rest_of_the_begun_frame_and_the_close() {
        // Two frames of four bytes in one chunk, and a third one.
        let chunks: [&[u8]; 2] = [b"\x81\x02ab\x81\x02cd", b"\x81\x01e"];
        for (sent, expected) in [(0, ""), (1, "\x02ab"), (4, ""), (5, "\x02cd"), (8, ""), (9, "\x01e")] {
            let mut queue = queue(&chunks, sent);
            // Of a chunk that has not begun to leave nothing is kept.
            queue.end(Close::Slow);
            let rest = rest(&queue);
            let (kept, close) = rest.split_at(rest.len() - 4);
            assert_eq!(kept, expected.as_bytes(), "{sent}");
            assert_eq!(close, [0x88, 2, 0x0f, 0xa8]);
            assert_eq!(queue.bytes, rest.len());
        }
    }
}
