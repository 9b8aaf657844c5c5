//! WebSocket frames: writing them as a client must, masked, and cutting a stream into them.

/// The kinds of frames, as RFC 6455 numbers them.
pub mod opcode {
    pub const TEXT: u8 = 1;
    pub const BINARY: u8 = 2;
    pub const CLOSE: u8 = 8;
    pub const PING: u8 = 9;
    pub const PONG: u8 = 10;
}

/// Masking protects proxies, of which a test has none: any key will do.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame from the server, where the read buffer holds it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub payload: &'a [u8],
}

/// Appends a masked text frame.
pub fn append_text(out: &mut Vec<u8>, text: &[u8]) {
    append_frame(out, opcode::TEXT, text);
}

/// Appends a whole masked frame of any kind.
pub fn append_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Cuts what arrives into frames; keeps an unfinished one until its rest comes.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    unfinished: Vec<u8>,
}

/// The longest header of a frame that is not masked.
const HEADER_MAX: usize = 10;
/// What a quiet connection may keep of its buffer.
const KEPT: usize = 4 * 1024;

impl Cutter {
    pub(super) fn cut(&mut self, mut bytes: &[u8], on_frame: &mut impl FnMut(Frame<'_>)) {
        while !self.unfinished.is_empty() && !bytes.is_empty() {
            let had = self.unfinished.len();
            let wanted = length(&self.unfinished).map_or(had + 1, |(header, payload)| header + payload);
            let taken = bytes.len().min(wanted - had);
            self.unfinished.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if first(&self.unfinished, on_frame).is_some() {
                self.unfinished.clear();
                self.unfinished.shrink_to(KEPT);
            }
        }
        while let Some(end) = first(bytes, on_frame) {
            bytes = &bytes[end..];
        }
        self.unfinished.extend_from_slice(bytes);
    }
}

/// Gives the first frame of `bytes`, and where it ends, if it is whole.
fn first(bytes: &[u8], on_frame: &mut impl FnMut(Frame<'_>)) -> Option<usize> {
    let (header, payload) = length(bytes)?;
    let payload = bytes.get(header..header + payload)?;
    on_frame(Frame { opcode: bytes[0] & 0x0f, payload });
    Some(header + payload.len())
}

/// The lengths of the first frame's header and payload, if its header is whole.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    match bytes.get(1)? & 0x7f {
        126 => Some((4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)))),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..HEADER_MAX)?.try_into().ok()?);
            Some((HEADER_MAX, usize::try_from(length).ok()?))
        }
        short => Some((2, usize::from(short))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_frame(payload: &[u8]) -> Vec<u8> {
        let mut masked = Vec::new();
        append_text(&mut masked, payload);
        let mut frame = masked[..masked.len() - payload.len() - MASK.len()].to_vec();
        frame[1] &= 0x7f;
        frame.extend_from_slice(payload);
        frame
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_split() {
        let payloads = [vec![], vec![b'a'; 5], vec![b'b'; 125], vec![b'c'; 126], vec![b'd'; 70_000]];
        let stream: Vec<u8> = payloads.iter().flat_map(|payload| server_frame(payload)).collect();
        for step in [1, 2, 3, 7, 130, 4_096, stream.len()] {
            let (mut cutter, mut seen) = (Cutter::default(), Vec::new());
            for piece in stream.chunks(step) {
                cutter.cut(piece, &mut |frame| seen.push(frame.payload.to_vec()));
            }
            assert!(seen == payloads, "in pieces of {step}");
        }
    }

    #[test]
    fn a_masked_frame_reads_back() {
        let mut out = Vec::new();
        append_text(&mut out, b"hello");
        assert_eq!(out[..2], [0x81, 0x85]);
        let text: Vec<u8> = out[6..].iter().zip(out[2..6].iter().cycle()).map(|(b, m)| b ^ m).collect();
        assert_eq!(text, b"hello");
    }
}
