//! Counts WebSocket frames in the bytes that come (RFC 6455, section 5.2), since the library that reads them passes over
//! some: a peer can send any number of pings, and of fragments that never make a message.

/// The beginning of a frame says how long it is within so many bytes.
const HEAD_BYTES: usize = 10;
const MASK_BYTES: u64 = 4;
const FINAL: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// Where in a stream of frames the bytes so far end.
#[derive(Debug, Default)]
pub(in crate::server::http) struct FrameCount {
    head: [u8; HEAD_BYTES],
    /// How many bytes of `head` are known.
    known: usize,
    /// How many bytes of the frame are still to come after its head.
    rest: u64,
    others: u32,
    messages: u32,
}

impl FrameCount {
    /// Takes the next bytes into account.
    pub(in crate::server::http) fn read(&mut self, mut bytes: &[u8]) {
        while let Some((first, behind)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = bytes.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                self.rest -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            self.head[self.known] = *first;
            self.known += 1;
            bytes = behind;
            if let Some(rest) = self.rest_after_head() {
                // What is not the last frame of a message is no command.
                if self.head[0] & FINAL == 0 || self.head[0] & CONTROL != 0 {
                    self.others = self.others.saturating_add(1);
                } else {
                    self.messages = self.messages.saturating_add(1);
                }
                (self.known, self.rest) = (0, rest);
            }
        }
    }

    /// How many frames have come since the last call that are no message or the end of one.
    pub(in crate::server::http) fn take_others(&mut self) -> u32 {
        std::mem::take(&mut self.others)
    }

    /// How many pairs of messages have come since the last call.
    pub(in crate::server::http) fn take_pairs(&mut self) -> u32 {
        let pairs = self.messages / 2;
        self.messages %= 2;
        pairs
    }

    pub(in crate::server::http) fn has_others(&self) -> bool {
        self.others > 0
    }

    /// How many bytes follow the head, once it is complete.
    fn rest_after_head(&self) -> Option<u64> {
        let [_, second, ..] = self.head;
        let (head, length) = match second & 0x7f {
            _ if self.known < 2 => return None,
            126 => (4, u64::from(u16::from_be_bytes([self.head[2], self.head[3]]))),
            127 => {
                let [_, _, length @ ..] = self.head;
                (HEAD_BYTES, u64::from_be_bytes(length))
            }
            short => (2, u64::from(short)),
        };
        let mask = if second & 0x80 == 0 { 0 } else { MASK_BYTES };
        (self.known >= head).then(|| length.saturating_add(mask))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        // What looks like a ping within a frame is none.
        frame.extend(std::iter::repeat_n(0x89, length + 4));
        frame
    }

    #[test]
    fn pings_and_fragments_count_and_messages_do_not() {
        let mut stream = Vec::new();
        let mut expected = 0;
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            for (first, counts) in
                [(0x81, 0), (0x82, 0), (0x80, 0), (0x01, 1), (0x00, 1), (0x89, 1), (0x8a, 1)]
            {
                stream.extend(frame(first, length));
                expected += counts;
            }
        }
        for size in [1, 2, 3, 7, 512, stream.len()] {
            let mut count = FrameCount::default();
            stream.chunks(size).for_each(|bytes| count.read(bytes));
            assert_eq!(count.take_others(), expected, "in pieces of {size}");
            assert_eq!(count.take_others(), 0);
        }
    }

    #[test]
    fn an_absurd_length_is_no_panic() {
        let mut count = FrameCount::default();
        count.read(&[0x82, 0xff]);
        count.read(&[0xff; 4_096]);
        assert_eq!(count.take_others(), 0);
    }
}
