//! The list of a user's rooms, and how events move it.

use serde::{Deserialize, Serialize};

use super::{
    Member, MemberRole, Message, MessageKind, Notice, RoomAccess, RoomId, RoomKind, Seq, Timestamp, UserId,
    UserRef,
};

/// One of a user's rooms, as that user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RoomSummary {
    pub id: RoomId,
    pub kind: RoomKind,
    pub access: RoomAccess,
    /// The address of a channel.
    pub slug: Option<String>,
    /// The room's name; of a direct room, the other person's.
    pub name: String,
    pub topic: String,
    pub role: MemberRole,
    /// The room's last seq.
    pub head: Seq,
    pub read_seq: Seq,
    /// Texts of others after `read_seq`, counted to `UNREAD_MAX`.
    pub unread: u32,
    /// The other person of a direct room.
    pub partner: Option<UserRef>,
    pub last: Option<LastLine>,
}

/// Unread messages are counted up to here; people read "99+".
pub const UNREAD_MAX: u32 = 100;

/// The last line of a room's timeline, shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LastLine {
    pub seq: Seq,
    pub notice: Option<Notice>,
    pub from: UserRef,
    /// At most `LastLine::MAX` characters on one line.
    pub text: String,
    pub at: Timestamp,
}

impl LastLine {
    pub const MAX: usize = 120;

    pub fn of(message: &Message) -> Self {
        Self {
            seq: message.seq,
            notice: message.notice,
            from: message.from.clone(),
            text: Self::shorten(&message.text),
            at: message.at,
        }
    }

    /// White space folded, cut after `MAX` characters.
    pub fn shorten(text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(Self::MAX) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

impl RoomSummary {
    /// Where the room's page is.
    pub fn path(&self) -> String {
        match (&self.partner, &self.slug) {
            (Some(partner), _) => format!("/dm/{}", partner.username),
            (None, Some(slug)) => format!("/rooms/{slug}"),
            (None, None) => format!("/rooms/{}", self.id),
        }
    }

    /// Whether the side list shows it: a direct room appears with its first message.
    pub fn is_listed(&self) -> bool {
        self.kind != RoomKind::Direct || self.last.is_some()
    }

    /// Takes in a message that is newer than the room's head.
    pub(super) fn apply_message(&mut self, message: &Message, me: UserId) {
        if message.seq <= self.head {
            return;
        }
        self.head = message.seq;
        self.last = Some(LastLine::of(message));
        if message.kind == MessageKind::Text && message.from.id != me {
            self.unread = (self.unread + 1).min(UNREAD_MAX);
        }
    }

    pub(super) fn apply_member(&mut self, member: &Member, me: UserId) {
        self.head = self.head.max(member.seq);
        if member.user.id == me {
            self.role = member.role;
        }
    }

    pub(super) fn apply_receipt(&mut self, read_seq: Seq, unread: u32) {
        if read_seq >= self.read_seq {
            self.read_seq = read_seq;
            self.unread = unread;
        }
    }
}

/// Brings the rooms into the order of the side list: the latest line first.
pub fn sort_rooms(rooms: &mut [RoomSummary]) {
    rooms.sort_by_key(|room| std::cmp::Reverse((room.last.as_ref().map(|last| last.at), room.id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_is_one_short_line() {
        assert_eq!(LastLine::shorten("a\n  b\tc"), "a b c");
        let long = LastLine::shorten(&"é".repeat(500));
        assert_eq!(long.chars().count(), LastLine::MAX + 1);
        assert!(long.ends_with('…'));
    }
}
