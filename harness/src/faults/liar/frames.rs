//! Frames of a connection in passing: cut from a stream of bytes, read as JSON, written anew.

use serde_json::Value;

use crate::socket::opcode;

/// A frame as it came, and what it says.
pub(super) struct Raw {
    pub(super) bytes: Vec<u8>,
    payload: Vec<u8>,
}

impl Raw {
    /// Cuts the first frame off, if it is whole.
    pub(super) fn take(buffer: &mut Vec<u8>) -> Option<Self> {
        let second = *buffer.get(1)?;
        let (mut at, length) = match second & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?)).ok()?),
            short => (2, usize::from(short)),
        };
        let is_masked = second & 0x80 != 0;
        let mask: [u8; 4] = if is_masked { buffer.get(at..at + 4)?.try_into().ok()? } else { [0; 4] };
        at += if is_masked { 4 } else { 0 };
        let payload = buffer.get(at..at + length)?;
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let bytes = buffer.drain(..at + length).collect();
        Some(Self { bytes, payload })
    }

    /// What a text frame says.
    pub(super) fn json(&self) -> Option<Value> {
        let is_text = self.bytes[0] == 0x80 | opcode::TEXT;
        if is_text { serde_json::from_slice(&self.payload).ok() } else { None }
    }

    pub(super) fn is_close(&self) -> bool {
        self.bytes[0] & 0x0f == opcode::CLOSE
    }
}

/// Appends a text frame as a server writes it.
pub(super) fn append_plain(out: &mut Vec<u8>, text: &[u8]) {
    out.push(0x80 | opcode::TEXT);
    if let Ok(length @ 0..126) = u8::try_from(text.len()) {
        out.push(length);
    } else if let Ok(length) = u16::try_from(text.len()) {
        out.push(126);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    }
    out.extend_from_slice(text);
}
