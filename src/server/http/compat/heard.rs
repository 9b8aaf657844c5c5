//! What older protocols hear of live events: a small closed set, made by one `match`.
//!
//! Papo's events grow, and these protocols do not. So a new kind of event or of change reaches none of them unless the
//! `match` below says what it is to them, and each of them must then say what it tells of it.

use crate::{
    model::{LiveEvent, Member, Message, MessageKind, Notice, RoomId, UserRef},
    server::live::EncodedEvent,
};

/// What has happened, for a protocol to tell in words of its own. Edited and deleted messages will stand here as
/// `Edited` and `Deleted` once there are such changes (issue 14); how far members have read has no place, since none
/// of the protocols tells it as it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::http) enum Heard<'a> {
    /// The connection hears everything from here on. Always the first.
    Opened,
    /// Somebody wrote a text.
    Said(&'a Message),
    /// A line of the room's timeline about the message's author: made the room, entered it, left it.
    Noticed(Notice, &'a Message),
    /// Somebody is a member of the room from now on, or is so in another role.
    Entered(&'a Member),
    /// Somebody is a member no more.
    Left(&'a Member),
    /// Who types in the room now.
    Typing { room: RoomId, users: &'a [UserRef] },
    /// Somebody came online, or went.
    Presence { user: &'a UserRef, online: bool },
}

impl<'a> Heard<'a> {
    /// None for what these protocols have no word for.
    #[deny(clippy::wildcard_enum_match_arm)]
    pub(super) fn of(event: &'a EncodedEvent) -> Option<Self> {
        match &event.event {
            LiveEvent::Hello { .. } => Some(Self::Opened),
            LiveEvent::Message(message) => match (message.kind, message.notice) {
                (MessageKind::Text, _) => Some(Self::Said(message)),
                (MessageKind::System, notice) => notice.map(|notice| Self::Noticed(notice, message)),
            },
            LiveEvent::Member(member) if member.joined => Some(Self::Entered(member)),
            LiveEvent::Member(member) => Some(Self::Left(member)),
            LiveEvent::Typing { room, users } => Some(Self::Typing { room: *room, users }),
            LiveEvent::PresenceChanged { user, online } => Some(Self::Presence { user, online: *online }),
            // They ask for no `sync`: what was missed they read from their lists.
            LiveEvent::Rooms { .. }
            | LiveEvent::MoreRooms { .. }
            | LiveEvent::Invitations { .. }
            | LiveEvent::Synced { .. }
            | LiveEvent::Reload { .. }
            | LiveEvent::Ready {}
            // Their own answers tell of what they send and ask.
            | LiveEvent::Delivery { .. }
            | LiveEvent::Error { .. }
            | LiveEvent::Presence { .. }
            | LiveEvent::Pong {}
            // They have no words for these.
            | LiveEvent::Receipt { .. }
            | LiveEvent::Invited(_)
            | LiveEvent::Uninvited { .. }
            | LiveEvent::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::AppError,
        model::{Cid, Invitation, MemberRole, MessageId, RoomKind, Seq, Timestamp, UserId, event::Limits},
    };

    const ROOM: RoomId = RoomId(17);

    fn ana() -> UserRef {
        UserRef { id: UserId(1), username: "ana".into(), name: "Ana".into() }
    }

    fn message(kind: MessageKind, notice: Option<Notice>) -> Message {
        Message {
            room: ROOM,
            seq: Seq(42),
            id: MessageId(7),
            cid: None,
            kind,
            notice,
            from: ana(),
            text: "olá".into(),
            html: String::new(),
            at: Timestamp(0),
            changed_seq: Seq(42),
        }
    }

    fn member(joined: bool) -> Member {
        Member { room: ROOM, seq: Seq(43), user: ana(), role: MemberRole::Member, joined }
    }

    fn encoded(event: LiveEvent) -> EncodedEvent {
        EncodedEvent::of(event).unwrap()
    }

    #[test]
    fn what_is_told_is_heard_as_what_it_is() {
        let hello = LiveEvent::Hello {
            epoch: "e".into(),
            user: ana(),
            heartbeat_ms: 1,
            limits: Limits { message_chars: 1, frame_bytes: 1 },
        };
        assert_eq!(Heard::of(&encoded(hello)), Some(Heard::Opened));
        let text = message(MessageKind::Text, None);
        assert_eq!(Heard::of(&encoded(LiveEvent::Message(text.clone()))), Some(Heard::Said(&text)));
        for notice in [Notice::Created, Notice::Joined, Notice::Left, Notice::Removed] {
            let line = message(MessageKind::System, Some(notice));
            let event = encoded(LiveEvent::Message(line.clone()));
            assert_eq!(Heard::of(&event), Some(Heard::Noticed(notice, &line)));
        }
        let (here, gone) = (member(true), member(false));
        assert_eq!(Heard::of(&encoded(LiveEvent::Member(here.clone()))), Some(Heard::Entered(&here)));
        assert_eq!(Heard::of(&encoded(LiveEvent::Member(gone.clone()))), Some(Heard::Left(&gone)));
        let users = vec![ana()];
        let typing = encoded(LiveEvent::Typing { room: ROOM, users: users.clone() });
        assert_eq!(Heard::of(&typing), Some(Heard::Typing { room: ROOM, users: &users }));
        for online in [true, false] {
            let presence = encoded(LiveEvent::PresenceChanged { user: ana(), online });
            assert_eq!(Heard::of(&presence), Some(Heard::Presence { user: &ana(), online }));
        }
    }

    #[test]
    fn what_has_no_word_is_not_heard() {
        let invitation = Invitation {
            room: ROOM,
            kind: RoomKind::Group,
            name: String::new(),
            inviter: ana(),
            member_count: 2,
            at: Timestamp(0),
        };
        for event in [
            LiveEvent::Rooms { rooms: vec![], rest: None },
            LiveEvent::MoreRooms { rooms: vec![] },
            LiveEvent::Invitations { invitations: vec![] },
            LiveEvent::Synced {
                room: ROOM,
                head: Seq(42),
                messages: vec![message(MessageKind::Text, None)],
                members: vec![member(true)],
            },
            LiveEvent::Reload { room: ROOM },
            LiveEvent::Ready {},
            LiveEvent::Delivery {
                cid: Cid::new(),
                room: ROOM,
                id: MessageId(7),
                seq: Seq(42),
                at: Timestamp(0),
            },
            LiveEvent::Error { cid: None, error: AppError::NotFound },
            LiveEvent::Message(message(MessageKind::System, None)),
            LiveEvent::Receipt {
                room: ROOM,
                user: UserId(1),
                delivered_seq: Seq(42),
                read_seq: Seq(42),
                unread: None,
            },
            LiveEvent::Invited(invitation),
            LiveEvent::Uninvited { room: ROOM },
            LiveEvent::Presence { online: vec![ana()] },
            LiveEvent::Pong {},
            LiveEvent::Unknown,
        ] {
            let event = encoded(event);
            assert_eq!(Heard::of(&event), None, "{event:?}");
        }
    }
}
