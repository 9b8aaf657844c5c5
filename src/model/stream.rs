//! What comes down a connection: single events, arrays of them as answers, and the word that ends a stream.
//!
//! The `type` is read first and then the one shape that it names. Serde's own decoding of tagged enums
//! goes through a generic tree instead, which in the browser is more to download. `docs/protocol.md`
//! tells the shapes; `event` has them as one type.

use serde::Deserialize;

use super::{
    Cid, Invitation, LiveEvent, Member, Message, MessageId, RoomId, RoomSummary, Seq, Timestamp, UserId,
    UserRef, event::Limits, overview::Rest,
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

#[derive(Deserialize)]
struct Tag {
    r#type: String,
}

/// Reads `text` as the variant with these fields.
macro_rules! event {
    ($text:ident as $variant:ident { $($(#[$meta:meta])* $field:ident: $of:ty),* $(,)? }) => {{
        #[derive(Deserialize)]
        struct Shape { $($(#[$meta])* $field: $of),* }
        let Shape { $($field),* } = json::read($text)?;
        LiveEvent::$variant { $($field),* }
    }};
}

fn read_frame(text: &str) -> Result<Frame, Malformed> {
    let Tag { r#type } = json::read(text)?;
    if r#type == "bye" {
        return json::read(text).map(Frame::Bye);
    }
    read_event(&r#type, text).map(Frame::Event)
}

fn read_event(tag: &str, text: &str) -> Result<LiveEvent, Malformed> {
    Ok(match tag {
        "hello" => event!(text as Hello { epoch: String, user: UserRef, heartbeat_ms: u64, limits: Limits }),
        "rooms" => event!(text as Rooms { rooms: Vec<RoomSummary>, #[serde(default)] rest: Option<Rest> }),
        "more_rooms" => event!(text as MoreRooms { rooms: Vec<RoomSummary> }),
        "invitations" => event!(text as Invitations { invitations: Vec<Invitation> }),
        "synced" => {
            event!(text as Synced { room: RoomId, head: Seq, messages: Vec<Message>, members: Vec<Member> })
        }
        "reload" => event!(text as Reload { room: RoomId }),
        "ready" => LiveEvent::Ready {},
        "delivery" => {
            event!(text as Delivery { cid: Cid, room: RoomId, id: MessageId, seq: Seq, at: Timestamp })
        }
        "error" => read_error(text)?,
        "message" => LiveEvent::Message(json::read(text)?),
        "member" => LiveEvent::Member(json::read(text)?),
        "typing" => event!(text as Typing { room: RoomId, users: Vec<UserRef> }),
        "receipt" => event!(text as Receipt {
            room: RoomId,
            user: UserId,
            delivered_seq: Seq,
            read_seq: Seq,
            #[serde(default)]
            unread: Option<u32>,
        }),
        "invited" => LiveEvent::Invited(json::read(text)?),
        "uninvited" => event!(text as Uninvited { room: RoomId }),
        "presence" => event!(text as Presence { online: Vec<UserRef> }),
        "presence_changed" => event!(text as PresenceChanged { user: UserRef, online: bool }),
        "pong" => LiveEvent::Pong {},
        _ => LiveEvent::Unknown,
    })
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    cid: Option<Cid>,
}

fn read_error(text: &str) -> Result<LiveEvent, Malformed> {
    let Named { cid } = json::read(text)?;
    Ok(LiveEvent::Error { cid, error: json::read(text)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AppError, Reason};
    use crate::model::{
        RoomKind,
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
        Invitation { room, kind, name, inviter: user(2), member_count: 3, at: Timestamp(4) }
    }

    /// Every variant but `Unknown`, again and again from the one before.
    fn after(event: &LiveEvent) -> Option<LiveEvent> {
        use LiveEvent as E;
        let (room, id) = (ROOM, UserId(2));
        Some(match event {
            E::Unknown => E::Hello {
                epoch: "e".into(),
                user: user(1),
                heartbeat_ms: 5,
                limits: Limits { message_chars: 1, frame_bytes: 2 },
            },
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
            E::Delivery { .. } => E::Message(message(4, 1)),
            E::Message(_) => E::Member(member(4, 1, false)),
            E::Member(_) => E::Typing { room, users: vec![user(2)] },
            E::Typing { .. } => {
                E::Receipt { room, user: id, delivered_seq: Seq(2), read_seq: Seq(1), unread: Some(4) }
            }
            E::Receipt { unread: Some(_), .. } => {
                E::Receipt { room, user: id, delivered_seq: Seq(2), read_seq: Seq(1), unread: None }
            }
            E::Receipt { .. } => E::Presence { online: vec![user(2)] },
            E::Presence { .. } => E::Invitations { invitations: vec![invitation()] },
            E::Invitations { .. } => E::Invited(invitation()),
            E::Invited(_) => E::Uninvited { room },
            E::Uninvited { .. } => E::PresenceChanged { user: user(2), online: true },
            E::PresenceChanged { .. } => E::Pong {},
            E::Pong {} => E::Error { cid: Some(Cid::new()), error: AppError::Forbidden },
            E::Error { .. } => return None,
        })
    }

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let events = std::iter::successors(Some(LiveEvent::Unknown), after).skip(1);
        let errors = errors().into_iter().map(|error| LiveEvent::Error { cid: None, error });
        for event in events.chain(errors) {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(read_frames(&text).unwrap(), [Frame::Event(event)], "{text}");
        }
    }

    #[test]
    fn an_answer_is_many_events() {
        let text = r#" [{"type":"pong"},{"type":"ready"},{"type":"confetti","colour":"red"}]"#;
        let events = [LiveEvent::Pong {}, LiveEvent::Ready {}, LiveEvent::Unknown].map(Frame::Event);
        assert_eq!(read_frames(text).unwrap(), events);
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
