//! The list of a user's rooms, and how events move it.

use std::{borrow::Borrow, cmp::Reverse, fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Change, Member, MemberRole, Message, MessageKind, Notice, People, RoomAccess, RoomId, RoomKind, Seq,
    SiteRole, Timestamp, UserId, What,
    ability::{Ability, Facts, RoomClass, RoomState, Standing, decide},
    paths,
    sorted::sort_by_key,
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
    /// The room's own name; empty for a direct room and for a group that has none, which are called after the others.
    pub name: String,
    pub topic: String,
    pub role: MemberRole,
    /// The room's last seq.
    pub head: Seq,
    pub read_seq: Seq,
    /// Texts of others after `read_seq`, counted to `UNREAD_MAX`.
    pub unread: u32,
    /// The other person of a direct room.
    pub partner: Option<UserId>,
    /// The other members of a group without a name, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<UserId>,
    pub last: Option<LastLine>,
}

/// A place in a list of rooms: the one of this room, with its last line at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoomCursor {
    /// 0 for a room without a line.
    pub at: Timestamp,
    pub room: RoomId,
}

impl RoomCursor {
    /// Before all rooms.
    pub const START: Self = Self { at: Timestamp(i64::MAX), room: RoomId(i64::MAX) };
}

/// As in addresses: `1764300000000000:17`.
impl fmt::Display for RoomCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at.0, self.room)
    }
}

impl FromStr for RoomCursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (at, room) = text.split_once(':').unwrap_or((text, ""));
        Ok(Self { at: Timestamp(at.parse()?), room: room.parse()? })
    }
}

/// How many rooms a page of a user's rooms has.
pub const ROOMS_PAGE: usize = 200;

/// A page of a user's rooms, the latest line first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomList {
    pub rooms: Vec<RoomSummary>,
    pub rest: Rest,
    /// Whoever is named.
    pub people: People,
}

/// The rooms that come after a page of a user's rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rest {
    pub rooms: u32,
    /// In how many of them something is unread.
    pub unread: u32,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RoomCursor>,
}

impl Rest {
    /// Without this room, which is known from elsewhere.
    pub fn leave_out(&mut self, room: &RoomSummary) {
        self.rooms = self.rooms.saturating_sub(1);
        self.unread = self.unread.saturating_sub(u32::from(room.unread > 0));
    }
}

/// Unread messages are counted up to here; people read "99+".
pub const UNREAD_MAX: u32 = 100;

/// The last line of a room's timeline, shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct LastLine {
    pub seq: Seq,
    pub notice: Option<Notice>,
    pub from: UserId,
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
            from: message.from,
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
    /// What the room is called: `general`, `Bea`, or `Bea, Carol`; empty for a group without a name that everyone else has
    /// left.
    pub fn called(&self, people: &People) -> String {
        match self.partner {
            Some(partner) => people.name(partner).to_owned(),
            None if self.is_unnamed() => people.names(&self.others),
            None => self.name.clone(),
        }
    }

    /// Where the room's page is.
    pub fn path(&self, people: &People) -> String {
        match (self.partner.and_then(|partner| people.get(partner)), &self.slug) {
            (Some(partner), _) => paths::direct(&partner.username),
            (None, Some(slug)) => paths::room(slug),
            (None, None) => paths::room(&self.id.to_string()),
        }
    }

    /// Whether its member has this ability in it, as far as a summary tells: that the other person of a direct room
    /// is disabled, it does not.
    pub fn may(&self, site: SiteRole, ability: Ability) -> bool {
        let (standing, class) = (Standing::Inside(self.role), RoomClass::of(self.kind, self.access));
        decide(ability, Facts { site, standing, class, state: RoomState::Open }).is_allowed()
    }

    /// Its place in the list of rooms.
    pub fn cursor(&self) -> RoomCursor {
        RoomCursor { at: self.last.as_ref().map_or(Timestamp(0), |last| last.at), room: self.id }
    }

    /// Whether the side list shows it: a direct room appears with its first message.
    pub fn is_listed(&self) -> bool {
        self.kind != RoomKind::Direct || self.last.is_some()
    }

    /// Takes in a change of the room.
    pub(super) fn apply(&mut self, change: &Change, me: UserId) {
        let is_news = change.seq > self.head;
        self.head = change.seq.max(self.head);
        match &change.what {
            What::Message(message) if is_news => self.apply_message(message, me),
            What::Changed(message) => self.apply_changed(message),
            What::Member(member) => self.apply_member(member, me, is_news),
            What::Message(_) | What::Unknown(_) => {}
        }
    }

    fn apply_message(&mut self, message: &Message, me: UserId) {
        self.last = Some(LastLine::of(message));
        if message.kind == MessageKind::Text && message.from != me {
            self.unread = (self.unread + 1).min(UNREAD_MAX);
        }
    }

    fn apply_changed(&mut self, message: &Message) {
        if let Some(last) = self.last.as_mut().filter(|last| last.seq == message.seq) {
            *last = LastLine::of(message);
        }
    }

    fn apply_member(&mut self, member: &Member, me: UserId, is_news: bool) {
        if member.user == me {
            self.role = member.role;
        } else if is_news && self.is_unnamed() {
            self.others.retain(|other| *other != member.user);
            if member.joined {
                let place = self.others.partition_point(|other| *other < member.user);
                self.others.insert(place, member.user);
            }
        }
    }

    /// Whether it is a group that is called after its members.
    fn is_unnamed(&self) -> bool {
        self.kind == RoomKind::Group && self.name.is_empty()
    }

    pub(super) fn apply_receipt(&mut self, read_seq: Seq, unread: u32) {
        if read_seq >= self.read_seq {
            self.read_seq = read_seq;
            self.unread = unread;
        }
    }
}

/// Brings the rooms into the order of the side list: the latest line first.
pub fn sort_rooms(rooms: &mut [impl Borrow<RoomSummary>]) {
    sort_by_key(rooms, |room| Reverse(room.borrow().cursor()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserRef;

    #[test]
    fn a_group_without_a_name_follows_its_members() {
        let me = UserId(1);
        let people: People =
            [(2, "Bea"), (3, "Carol"), (4, "Dina"), (9, "Eva")].map(user).into_iter().collect();
        let mut room = RoomSummary {
            id: RoomId(7),
            kind: RoomKind::Group,
            access: RoomAccess::Private,
            slug: None,
            name: String::new(),
            topic: String::new(),
            role: MemberRole::Owner,
            head: Seq(3),
            read_seq: Seq(3),
            unread: 0,
            partner: None,
            others: vec![UserId(2)],
            last: None,
        };
        let moved = |user, seq, joined| {
            let (room, seq, role) = (RoomId(7), Seq(seq), MemberRole::Member);
            Change::from(Member { room, seq, user: UserId(user), role, joined })
        };
        room.apply(&moved(4, 4, true), me);
        room.apply(&moved(3, 5, true), me);
        assert_eq!(room.called(&people), "Bea, Carol, Dina");
        room.apply(&moved(2, 2, false), me);
        assert_eq!(room.called(&people), "Bea, Carol, Dina", "older than what is known");
        for (seq, other) in [(6, 2), (7, 3), (8, 4)] {
            room.apply(&moved(other, seq, false), me);
        }
        assert_eq!((room.called(&people).as_str(), room.head), ("", Seq(8)));
        room.apply(&moved(9, 9, true), me);
        assert_eq!(room.called(&people), "Eva");
        let mut named = RoomSummary { name: "Trip".to_owned(), others: Vec::new(), ..room };
        named.apply(&moved(2, 10, true), me);
        assert_eq!(named.called(&people), "Trip");
    }

    fn user((id, name): (i64, &str)) -> UserRef {
        UserRef { id: UserId(id), username: name.to_lowercase(), name: name.to_owned(), seq: Seq(0) }
    }

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let cursor = RoomCursor { at: Timestamp(5), room: RoomId(7) };
        assert_eq!((cursor.to_string().as_str(), cursor.to_string().parse()), ("5:7", Ok(cursor)));
        for text in ["", "5", "5:", ":7", "5:7:1", "x:7", "99999999999999999999:1"] {
            assert!(text.parse::<RoomCursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_last_line_is_one_short_line() {
        assert_eq!(LastLine::shorten("a\n  b\tc"), "a b c");
        let long = LastLine::shorten(&"é".repeat(500));
        assert_eq!(long.chars().count(), LastLine::MAX + 1);
        assert!(long.ends_with('…'));
    }
}
