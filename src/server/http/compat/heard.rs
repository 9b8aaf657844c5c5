//! What older protocols hear of live events: a small closed set, made by one `match`.
//!
//! Papo's events grow, and these protocols do not. So a new kind of event or of change reaches none of them unless the
//! `match` below says what it is to them, and each of them must then say what it tells of it.

use crate::{
    model::{
        Change, Ephemeral, LiveEvent, Member, Message, MessageKind, Notice, People, RoomId, UserRef, What,
    },
    server::live::EncodedEvent,
};

/// What has happened, for a protocol to tell in words of its own. Edited and deleted messages will stand here as
/// `Edited` and `Deleted` once there are such changes (issue 14); how far members have read has no place, since none
/// of the protocols tells it as it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::http) enum Heard<'a> {
    /// The connection hears everything from here on. Always the first.
    Opened,
    /// Somebody wrote a text: the author.
    Said(&'a Message, &'a UserRef),
    /// A line of the room's timeline about this user: made the room, entered it, left it.
    Noticed { notice: Notice, room: RoomId, user: &'a UserRef },
    /// Somebody is a member of the room from now on, or is so in another role.
    Entered(&'a Member),
    /// Somebody is a member no more.
    Left(&'a Member),
    /// Who types in the room now.
    Typing { room: RoomId, users: &'a People },
    /// Somebody came online, or went.
    Presence { user: &'a UserRef, online: bool },
}

impl<'a> Heard<'a> {
    /// None for what these protocols have no word for.
    #[deny(clippy::wildcard_enum_match_arm)]
    pub(super) fn of(event: &'a EncodedEvent) -> Option<Self> {
        match &event.event {
            LiveEvent::Durable(change) => Self::of_change(change, &event.people),
            LiveEvent::Ephemeral(told) => Self::of_ephemeral(told, &event.people),
            LiveEvent::Unknown => None,
        }
    }

    #[deny(clippy::wildcard_enum_match_arm)]
    fn of_change(change: &'a Change, people: &'a People) -> Option<Self> {
        match &change.what {
            What::Message(message) => match (message.kind, message.notice) {
                (MessageKind::Text, _) => Some(Self::Said(message, people.get(message.from)?)),
                (MessageKind::System, None | Some(Notice::Unknown)) => None,
                (MessageKind::System, Some(notice)) => {
                    Some(Self::Noticed { notice, room: message.room, user: people.get(message.from)? })
                }
            },
            What::Member(member) if member.joined => Some(Self::Entered(member)),
            What::Member(member) => Some(Self::Left(member)),
            // No message changes yet; a kind that this version does not know has no word here either.
            What::Changed(_) | What::Unknown(_) => None,
        }
    }

    #[deny(clippy::wildcard_enum_match_arm)]
    fn of_ephemeral(event: &'a Ephemeral, people: &'a People) -> Option<Self> {
        match event {
            Ephemeral::Hello { .. } => Some(Self::Opened),
            Ephemeral::Typing { room, .. } => Some(Self::Typing { room: *room, users: people }),
            Ephemeral::PresenceChanged { user, online } => {
                Some(Self::Presence { user: people.get(*user)?, online: *online })
            }
            // Each event brings along whom it names.
            Ephemeral::People { .. }
            | Ephemeral::User(_)
            // They ask for no `sync`: what was missed they read from their lists.
            | Ephemeral::Rooms { .. }
            | Ephemeral::MoreRooms { .. }
            | Ephemeral::Invitations { .. }
            | Ephemeral::Synced { .. }
            | Ephemeral::Reload { .. }
            | Ephemeral::Ready {}
            // Their own answers tell of what they send and ask.
            | Ephemeral::Delivery { .. }
            | Ephemeral::Done { .. }
            | Ephemeral::Error { .. }
            | Ephemeral::Presence { .. }
            | Ephemeral::Pong {}
            // They have no words for these.
            | Ephemeral::Receipt { .. }
            | Ephemeral::Invited(_)
            | Ephemeral::Uninvited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::AppError,
        model::{
            Cid, Invitation, MemberRole, MessageId, RoomKind, Seq, Timestamp, UserId,
            command::CommandRef,
            event::{Limits, Protocol},
            people::Introduced,
        },
    };

    const ROOM: RoomId = RoomId(17);

    fn ana() -> UserRef {
        UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into(), seq: Seq(0) }
    }

    fn message(kind: MessageKind, notice: Option<Notice>) -> Message {
        Message {
            room: ROOM,
            seq: Seq(42),
            id: MessageId(7),
            cid: None,
            kind,
            notice,
            from: ana().id,
            by: None,
            text: "olá".into(),
            html: String::new(),
            at: Timestamp(0),
            changed_seq: Seq(42),
        }
    }

    fn member(joined: bool) -> Member {
        Member { room: ROOM, seq: Seq(43), user: ana().id, role: MemberRole::Member, joined }
    }

    fn encoded(event: impl Into<LiveEvent>) -> EncodedEvent {
        EncodedEvent::of(Introduced { event: event.into(), people: ana().into() }).unwrap()
    }

    #[test]
    fn what_is_told_is_heard_as_what_it_is() {
        let hello = Ephemeral::Hello {
            epoch: "e".into(),
            protocol: Protocol::CURRENT,
            user: ana(),
            heartbeat_ms: 1,
            limits: Limits { message_chars: 1, frame_bytes: 1 },
        };
        assert_eq!(Heard::of(&encoded(hello)), Some(Heard::Opened));
        let text = message(MessageKind::Text, None);
        assert_eq!(Heard::of(&encoded(Change::new_message(text.clone()))), Some(Heard::Said(&text, &ana())));
        for notice in [Notice::Created, Notice::Joined, Notice::Left, Notice::Removed] {
            let event = encoded(Change::new_message(message(MessageKind::System, Some(notice))));
            assert_eq!(Heard::of(&event), Some(Heard::Noticed { notice, room: ROOM, user: &ana() }));
        }
        let (here, gone) = (member(true), member(false));
        assert_eq!(Heard::of(&encoded(Change::from(here.clone()))), Some(Heard::Entered(&here)));
        assert_eq!(Heard::of(&encoded(Change::from(gone.clone()))), Some(Heard::Left(&gone)));
        let typing = encoded(Ephemeral::Typing { room: ROOM, users: vec![ana().id] });
        assert_eq!(Heard::of(&typing), Some(Heard::Typing { room: ROOM, users: &ana().into() }));
        for online in [true, false] {
            let presence = encoded(Ephemeral::PresenceChanged { user: ana().id, online });
            assert_eq!(Heard::of(&presence), Some(Heard::Presence { user: &ana(), online }));
        }
    }

    #[test]
    fn what_has_no_word_is_not_heard() {
        let invitation = Invitation {
            room: ROOM,
            kind: RoomKind::Group,
            name: String::new(),
            inviter: ana().id,
            member_count: 2,
            at: Timestamp(0),
        };
        for event in [
            Ephemeral::Rooms { rooms: vec![], rest: None },
            Ephemeral::MoreRooms { rooms: vec![] },
            Ephemeral::Invitations { invitations: vec![] },
            Ephemeral::Synced {
                room: ROOM,
                head: Seq(42),
                messages: vec![message(MessageKind::Text, None)],
                members: vec![member(true)],
            },
            Ephemeral::Reload { room: ROOM },
            Ephemeral::Ready {},
            Ephemeral::Delivery {
                cid: Cid::new(),
                room: ROOM,
                id: MessageId(7),
                seq: Seq(42),
                at: Timestamp(0),
            },
            Ephemeral::refused(None, AppError::NotFound),
            Ephemeral::Done { r#ref: CommandRef("x".into()) },
            Ephemeral::Receipt {
                room: ROOM,
                user: UserId(1),
                delivered_seq: Seq(42),
                read_seq: Seq(42),
                unread: None,
            },
            Ephemeral::Invited(invitation),
            Ephemeral::Uninvited { room: ROOM },
            Ephemeral::Presence { online: vec![ana().id] },
            Ephemeral::People { people: ana().into(), seq: None },
            Ephemeral::User(ana()),
            Ephemeral::Pong {},
        ] {
            let event = encoded(event);
            assert_eq!(Heard::of(&event), None, "{event:?}");
        }
    }

    #[test]
    fn a_change_of_another_kind_is_not_heard() {
        let edited = Message { changed_seq: Seq(44), ..message(MessageKind::Text, None) };
        let newer = Change { room: ROOM, seq: Seq(45), what: What::Unknown(r#"{"type":"pinned"}"#.into()) };
        let lines = [None, Some(Notice::Unknown)].map(|notice| message(MessageKind::System, notice));
        let changes = lines.map(Change::new_message).into_iter();
        for change in changes.chain([Change::changed_message(edited), newer]) {
            let event = encoded(change);
            assert_eq!(Heard::of(&event), None, "{event:?}");
        }
    }
}
