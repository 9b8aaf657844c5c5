//! What comes down a connection: single events, arrays of them as answers, and the word that ends a stream.
//!
//! `docs/protocol.md` tells the shapes; `event` has them as types.

use serde::Deserialize;

use super::{
    LiveEvent,
    frame::{Ours, Tag},
};
use crate::json::{self, Malformed};

/// One part of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    Event(LiveEvent),
    /// The server ends the stream.
    Bye(Bye),
}

/// Why a stream ends; the reason of a WebSocket's close says it, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Bye {
    /// As a WebSocket's close code.
    pub code: u16,
    /// When the server will have room for a new connection.
    pub retry_after_ms: Option<u64>,
}

impl Bye {
    /// The session has ended: sign in.
    pub const SESSION_ENDED: Self = Self { code: 4001, retry_after_ms: None };

    /// Of a WebSocket's close; its `reason` may be anything.
    pub fn of_close(code: u16, reason: &str) -> Self {
        let told: Self = json::read(reason).unwrap_or_default();
        Self { code, ..told }
    }
}

/// Takes `text` apart.
///
/// # Errors
/// Where it is no JSON, or not of the shape that its `type` promises.
pub fn read_frames(text: &str) -> Result<Vec<Frame>, Malformed> {
    if !text.trim_start().starts_with('[') {
        return Ok(vec![read_frame(text)?]);
    }
    json::elements(text)?.into_iter().map(read_frame).collect()
}

fn read_frame(text: &str) -> Result<Frame, Malformed> {
    let Tag { r#type } = json::read(text)?;
    if r#type == "bye" {
        return json::read(text).map(Frame::Bye);
    }
    LiveEvent::read(&r#type, &Ours(text)).map(Frame::Event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AppError, Reason};
    use crate::model::{
        Change, Cid, Ephemeral, Invitation, Message, MessageId, RoomKind, Seq, Timestamp, UserId, UserRef,
        command::CommandRef,
        event::{Limits, Protocol},
        overview::Rest,
        timeline::tests::{ROOM, member, message, summary, user},
    };

    fn errors() -> Vec<AppError> {
        vec![
            AppError::Unauthenticated,
            AppError::Forbidden,
            AppError::NotFound,
            AppError::invalid("text", Reason::TooLong),
            AppError::Conflict { reason: Reason::CidReused },
            AppError::RateLimited { retry_after_ms: 7 },
            AppError::TooLarge { max: 9 },
            AppError::UNAVAILABLE,
            AppError::STORAGE_FULL,
            AppError::Internal { request_id: "r".into() },
        ]
    }

    fn invitation() -> Invitation {
        let (room, kind, name) = (ROOM, RoomKind::Group, "Trip".to_owned());
        Invitation { room, kind, name, inviter: UserId(2), member_count: 3, at: Timestamp(4) }
    }

    fn hello() -> Ephemeral {
        let limits = Limits { message_chars: 1, frame_bytes: 2 };
        Ephemeral::Hello {
            epoch: "e".into(),
            protocol: Protocol::CURRENT,
            user: user(1),
            heartbeat_ms: 5,
            limits,
        }
    }

    /// Every ephemeral event, from the one before.
    fn after(event: &Ephemeral) -> Option<Ephemeral> {
        use Ephemeral as E;
        let (room, id) = (ROOM, UserId(2));
        Some(match event {
            E::Hello { .. } => E::Rooms { rooms: vec![summary(3)], rest: None },
            E::Rooms { rest: None, .. } => {
                let after = Some(summary(3).cursor());
                E::Rooms { rooms: vec![summary(3)], rest: Some(Rest { rooms: 2, unread: 1, after }) }
            }
            E::Rooms { .. } => E::MoreRooms { rooms: vec![summary(3)] },
            E::MoreRooms { .. } => {
                let (messages, members) = (vec![message(2, 1)], vec![member(3, 1, true)]);
                E::Synced { room, head: Seq(3), messages, members }
            }
            E::Synced { .. } => E::Reload { room },
            E::Reload { .. } => E::Ready {},
            E::Ready {} => {
                E::Delivery { cid: Cid::new(), room, id: MessageId(1), seq: Seq(2), at: Timestamp(3) }
            }
            E::Delivery { .. } => E::Typing { room, users: vec![id] },
            E::Typing { .. } => {
                E::Receipt { room, user: id, delivered_seq: Seq(2), read_seq: Seq(1), unread: Some(4) }
            }
            E::Receipt { unread: Some(_), .. } => {
                E::Receipt { room, user: id, delivered_seq: Seq(2), read_seq: Seq(1), unread: None }
            }
            E::Receipt { .. } => E::Presence { online: vec![id] },
            E::Presence { .. } => E::Invitations { invitations: vec![invitation()] },
            E::Invitations { .. } => E::Invited(invitation()),
            E::Invited(_) => E::Uninvited { room },
            E::Uninvited { .. } => E::PresenceChanged { user: id, online: true },
            E::PresenceChanged { .. } => E::People { people: user(2).into(), seq: None },
            E::People { seq: None, .. } => E::People { people: user(2).into(), seq: Some(Seq(9)) },
            E::People { .. } => E::User(UserRef { seq: Seq(4), ..user(2) }),
            E::User(_) => E::Pong {},
            E::Pong {} => E::Done { r#ref: CommandRef("a".into()) },
            E::Done { .. } => E::refused_send(Cid::new(), AppError::Forbidden),
            E::Error { .. } => return None,
        })
    }

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let ephemeral = std::iter::successors(Some(hello()), after);
        let errors = errors().into_iter().map(|error| Ephemeral::refused(None, error));
        let edited = Change::changed_message(Message { changed_seq: Seq(9), ..message(4, 1) });
        let durable = [Change::new_message(message(4, 1)), edited, member(4, 1, false).into()];
        let events = ephemeral.chain(errors).map(LiveEvent::from).chain(durable.map(LiveEvent::from));
        for event in events {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<LiveEvent>(&text).unwrap(), event, "{text}");
            assert_eq!(read_frames(&text).unwrap(), [Frame::Event(event)], "{text}");
        }
    }

    #[test]
    fn an_answer_is_many_events() {
        let text = r#" [{"type":"pong"},{"type":"ready"},{"type":"confetti","colour":"red"}]"#;
        let (pong, ready) = (Ephemeral::Pong {}.into(), Ephemeral::Ready {}.into());
        assert_eq!(read_frames(text).unwrap(), [pong, ready, LiveEvent::Unknown].map(Frame::Event));
        assert_eq!(read_frames("[]").unwrap(), []);
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for text in ["", "{}", "[1]", r#"{"type":"hello"}"#, r#"{"type":"message","seq":"x"}"#] {
            assert!(read_frames(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_stream_ends_with_a_word() {
        let bye = Bye { code: 1012, retry_after_ms: Some(900) };
        let text = r#"{"type":"bye","code":1012,"retry_after_ms":900}"#;
        assert_eq!(read_frames(text).unwrap(), [Frame::Bye(bye)]);
        assert_eq!(Bye::of_close(1012, r#"{"retry_after_ms":900}"#), bye);
        assert_eq!(Bye::of_close(4001, "signed out"), Bye { code: 4001, retry_after_ms: None });
        assert_eq!(Bye::of_close(1006, ""), Bye { code: 1006, retry_after_ms: None });
    }
}
