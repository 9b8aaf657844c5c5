//! The list of a user's rooms, and how events move it.

use serde::{Deserialize, Serialize};

use super::{
    Member, MemberRole, Message, MessageKind, Notice, RoomAccess, RoomId, RoomKind, Seq, Timestamp, UserId,
    UserRef, sorted::sort_by_key,
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
    /// The room's name; of a direct room, the other person's; of a group without one, the others' names.
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
    /// The other members of a group without a name, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<UserRef>,
    pub last: Option<LastLine>,
}

/// What a group without a name is called: `Bea, Carol`; nothing if everyone else has left.
pub fn names_of(others: &[UserRef]) -> String {
    others.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ")
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
        if member.user.id == me {
            self.role = member.role;
        } else if member.seq > self.head && self.is_unnamed() {
            self.others.retain(|other| other.id != member.user.id);
            if member.joined {
                let place = self.others.partition_point(|other| other.id < member.user.id);
                self.others.insert(place, member.user.clone());
            }
            self.name = names_of(&self.others);
        }
        self.head = self.head.max(member.seq);
    }

    /// Whether it is a group that is called after its members.
    fn is_unnamed(&self) -> bool {
        self.kind == RoomKind::Group && self.name == names_of(&self.others)
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
    sort_by_key(rooms, |room| std::cmp::Reverse((room.last.as_ref().map(|last| last.at), room.id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: i64, name: &str) -> UserRef {
        UserRef { id: UserId(id), username: name.to_lowercase(), name: name.to_owned() }
    }

    #[test]
    fn a_group_without_a_name_follows_its_members() {
        let me = UserId(1);
        let mut room = RoomSummary {
            id: RoomId(7),
            kind: RoomKind::Group,
            access: RoomAccess::Private,
            slug: None,
            name: "Bea".to_owned(),
            topic: String::new(),
            role: MemberRole::Owner,
            head: Seq(3),
            read_seq: Seq(3),
            unread: 0,
            partner: None,
            others: vec![user(2, "Bea")],
            last: None,
        };
        let moved = |user, seq, joined| Member {
            room: RoomId(7),
            seq: Seq(seq),
            user,
            role: MemberRole::Member,
            joined,
        };
        room.apply_member(&moved(user(4, "Dina"), 4, true), me);
        room.apply_member(&moved(user(3, "Carol"), 5, true), me);
        assert_eq!(room.name, "Bea, Carol, Dina");
        room.apply_member(&moved(user(2, "Bea"), 2, false), me);
        assert_eq!(room.name, "Bea, Carol, Dina", "older than what is known");
        for (seq, other) in [(6, user(2, "Bea")), (7, user(3, "Carol")), (8, user(4, "Dina"))] {
            room.apply_member(&moved(other, seq, false), me);
        }
        assert_eq!((room.name.as_str(), room.head), ("", Seq(8)));
        room.apply_member(&moved(user(9, "Eva"), 9, true), me);
        assert_eq!(room.name, "Eva");

        let mut named = RoomSummary { name: "Trip".to_owned(), others: Vec::new(), ..room };
        named.apply_member(&moved(user(2, "Bea"), 10, true), me);
        assert_eq!(named.name, "Trip");
    }

    #[test]
    fn a_last_line_is_one_short_line() {
        assert_eq!(LastLine::shorten("a\n  b\tc"), "a b c");
        let long = LastLine::shorten(&"é".repeat(500));
        assert_eq!(long.chars().count(), LastLine::MAX + 1);
        assert!(long.ends_with('…'));
    }
}
