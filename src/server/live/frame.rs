//! The bytes of WebSocket frames.
//!
//! A server's frames are not masked, so frames that wait together are one stretch of bytes and leave in
//! one write.

use bytes::Bytes;

use super::Close;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
/// An empty ping.
pub const PING: [u8; 2] = [0x89, 0];

/// Appends the text frame of a JSON text.
pub fn append_json(frames: &mut Vec<u8>, json: &[u8]) {
    frames.push(TEXT);
    match (u8::try_from(json.len()), u16::try_from(json.len())) {
        (Ok(short @ ..=125), _) => frames.push(short),
        (_, Ok(middle)) => {
            frames.push(126);
            frames.extend(middle.to_be_bytes());
        }
        _ => {
            frames.push(127);
            frames.extend((json.len() as u64).to_be_bytes());
        }
    }
    frames.extend_from_slice(json);
}

/// The frame that ends a connection.
pub fn of_close(why: Close) -> Bytes {
    let reason = why.reason();
    let length = u8::try_from(reason.len() + 2).unwrap_or(2);
    let code = (why as u16).to_be_bytes();
    let mut frame = vec![CLOSE, length, code[0], code[1]];
    if length > 2 {
        frame.extend_from_slice(reason.as_bytes());
    }
    frame.into()
}

/// Where the frame ends in which the byte `at` of `frames` lies; `at` itself between two frames.
pub(super) fn end_of_frame(frames: &[u8], at: usize) -> usize {
    let mut end = 0;
    while end < at {
        match payload(&frames[end..]) {
            Some((start, length)) => end += start + length,
            None => return frames.len(),
        }
    }
    end
}

/// Where the payload of the first frame starts, and how long it is.
fn payload(frames: &[u8]) -> Option<(usize, usize)> {
    match frames.get(1)? {
        126 => Some((4, usize::from(u16::from_be_bytes(frames.get(2..4)?.try_into().ok()?)))),
        127 => Some((10, usize::try_from(u64::from_be_bytes(frames.get(2..10)?.try_into().ok()?)).ok()?)),
        short => Some((2, usize::from(*short))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_found_again() {
        let lengths = [0, 1, 125, 126, 300, 65_535, 65_536, 100_000];
        let mut frames = Vec::new();
        let mut ends = vec![0];
        for length in lengths {
            append_json(&mut frames, &vec![b'x'; length]);
            assert!(frames.ends_with(&vec![b'x'; length]));
            ends.push(frames.len());
        }
        for pair in ends.windows(2) {
            assert_eq!(end_of_frame(&frames, pair[0]), pair[0]);
            assert_eq!(end_of_frame(&frames, pair[0] + 1), pair[1]);
            assert_eq!(end_of_frame(&frames, pair[1] - 1), pair[1]);
        }
    }
}
