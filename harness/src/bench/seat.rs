//! A place of one connection in one room: how it enters, and what it says there.

use std::{io::Write as _, net::SocketAddr};

use anyhow::Result;

use crate::{
    socket::{self, Socket},
    stage::enter_live,
};

/// How long a text is, in bytes.
const TEXT: usize = 80;

#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub server: SocketAddr,
    pub door: Door,
}

#[derive(Clone, Debug)]
pub(super) enum Door {
    Papo { cookie: String, room: i64 },
    Bare { room: i64 },
}

impl Seat {
    /// The id of its room.
    pub(super) fn room(&self) -> i64 {
        match self.door {
            Door::Papo { room, .. } | Door::Bare { room } => room,
        }
    }

    /// Opens a connection as a client of the live protocol does, up to the end of its first `sync`.
    pub(super) async fn enter(&self) -> Result<Socket> {
        match &self.door {
            Door::Bare { room } => Socket::connect(self.server, &format!("/{room}"), "").await,
            Door::Papo { cookie, .. } => enter_live(self.server, &format!("Cookie: {cookie}\r\n")).await,
        }
    }

    /// Appends the frame of a message that is due at `micros`. What the bare programs pass on is as long
    /// as what Papo makes of the same text.
    pub(super) fn compose(&self, out: &mut Vec<u8>, micros: u64) {
        let mut frame = [0; 640];
        let mut rest = &mut frame[..];
        let cid = uuid::Uuid::now_v7();
        let text = format_args!("t={micros:016} {:.<1$}", "", TEXT - 19);
        let written = match &self.door {
            Door::Papo { room, .. } => {
                write!(rest, r#"{{"type":"message","cid":"{cid}","room":{room},"text":"{text}"}}"#)
            }
            Door::Bare { .. } => write!(
                rest,
                r#"{{"type":"message","room":373507508404224,"seq":123456,"id":373507508404225,"cid":"{cid}","#
            )
            .and_then(|()| {
                write!(
                    rest,
                    r#""kind":"text","from":373507508338688,"text":"{text}","html":"{text}","at":1795255556544805,"changed_seq":123456}}"#
                )
            }),
        };
        debug_assert!(written.is_ok(), "a frame is shorter than its buffer");
        let left = rest.len();
        let length = frame.len() - left;
        socket::append_text(out, &frame[..length]);
    }
}

/// What a frame of the live protocol is, as far as a measurement must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Delivery,
    Error,
    Other,
}

impl Kind {
    /// Looks at the beginning only: the field `type` comes first.
    pub(super) fn of(payload: &[u8]) -> Self {
        let Some(rest) = payload.strip_prefix(br#"{"type":""#) else { return Self::Other };
        match rest {
            [b'm', b'e', b's', ..] => Self::Message,
            [b'd', b'e', b'l', ..] => Self::Delivery,
            [b'e', b'r', b'r', ..] => Self::Error,
            _ => Self::Other,
        }
    }
}

/// When the message in this frame was due.
pub(super) fn due(payload: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(payload, b":\"t=")? + 4;
    std::str::from_utf8(payload.get(at..at + 16)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_message_carries_when_it_was_due() {
        let server = SocketAddr::from(([127, 0, 0, 1], 1));
        for door in [Door::Papo { cookie: String::new(), room: i64::MAX }, Door::Bare { room: 0 }] {
            let mut out = Vec::new();
            Seat { server, door }.compose(&mut out, 1_234_567);
            let (mask, payload) = (out[4..8].to_vec(), &out[8..]);
            let text: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m).collect();
            assert_eq!(due(&text), Some(1_234_567));
            assert_eq!(Kind::of(&text), Kind::Message);
            assert!(serde_json::from_slice::<Value>(&text).unwrap()["text"].as_str().unwrap().len() == TEXT);
        }
    }
}
