//! What a page of the app needs to be drawn, in one piece each.

use serde::{Deserialize, Serialize};

use super::{
    Invitation, Mark, Me, Member, Message, People, RoomAccess, RoomId, RoomKind, RoomSummary, Seq, SiteRole,
    UserId, UserRef,
    ability::{Ability, Facts, RoomClass, RoomState, Standing, decide},
    event::Protocol,
    overview::Rest,
};

/// How many messages one page of history holds.
pub const HISTORY_PAGE: usize = 50;

/// In larger rooms nobody is told how far others have come.
pub const RECEIPTS_MAX: usize = 50;

/// How many members the page of a larger room shows at first.
pub const MEMBERS_SHOWN: usize = RECEIPTS_MAX;

/// How many of those who are invited the page of a room shows.
pub const INVITED_SHOWN: usize = 50;

/// With more unread than this a room opens at the first of it; what fits on the newest page is seen there.
pub const UNREAD_SEEN: u32 = 30;

/// How many members are read at once when all are wanted.
pub const MEMBERS_PAGE: usize = 500;

/// What stands around every page of a signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub me: Me,
    /// The id of the database's history.
    pub epoch: String,
    pub protocol: Protocol,
    /// A page of my rooms.
    pub rooms: Vec<RoomSummary>,
    #[serde(default)]
    pub rest: Rest,
    /// Where I am invited and have not answered.
    #[serde(default)]
    pub invitations: Vec<Invitation>,
    /// Those who are online of the people in `rooms`.
    pub online: Vec<UserId>,
    /// Whoever is named.
    pub people: People,
    /// Whose state is later than this has changed since.
    pub people_seq: Seq,
}

/// Which stretch of a room's timeline is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stretch {
    #[default]
    Newest,
    /// What comes right before.
    Before(Seq),
    /// What comes right after.
    After(Seq),
    /// This message, with what comes before and after it.
    Around(Seq),
}

impl Stretch {
    /// The fields `before`, `after` and `at` that ask for it.
    pub const fn fields(self) -> (Option<Seq>, Option<Seq>, Option<Seq>) {
        match self {
            Self::Newest => (None, None, None),
            Self::Before(seq) => (Some(seq), None, None),
            Self::After(seq) => (None, Some(seq), None),
            Self::Around(seq) => (None, None, Some(seq)),
        }
    }

    /// What an address asks for; of several, the first.
    pub fn of(before: Option<Seq>, after: Option<Seq>, at: Option<Seq>) -> Self {
        let around = || at.map_or(Self::Newest, Self::Around);
        before.map(Self::Before).or(after.map(Self::After)).unwrap_or_else(around)
    }
}

/// A stretch of a room's timeline, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    pub messages: Vec<Message>,
    pub has_older: bool,
    /// True for a page from the middle of the history.
    pub has_newer: bool,
    /// Whoever is named, unless a page around this one tells it.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
}

/// What stands at `/rooms/{slug or id}` and `/dm/{username}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomPage {
    /// A room that the user is in.
    Open(Box<OpenRoom>),
    /// A channel that the user may enter.
    #[serde(rename = "door")]
    Outside(ChannelCard),
    /// A person with whom no message was exchanged yet.
    NewDirect(UserRef),
}

/// A room with the newest, or the wanted, stretch of its timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRoom {
    pub room: RoomSummary,
    /// Everything up to here is in `history` and `members`, or older.
    pub cursor: Seq,
    pub history: HistoryPage,
    /// Members who have not left; in a room of more than `MEMBERS_SHOWN`, so many of them.
    pub members: Vec<Member>,
    pub member_count: u32,
    /// Those of `members` who are online.
    #[serde(default)]
    pub online: Vec<UserId>,
    /// How far the others have come; empty in rooms of more than `RECEIPTS_MAX` members.
    pub marks: Vec<Mark>,
    /// Who was invited and is not in the room, at most `INVITED_SHOWN`.
    #[serde(default)]
    pub invited: Vec<UserId>,
    /// Whoever is named.
    pub people: People,
}

/// Some of a room's members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPage {
    pub members: Vec<Member>,
    pub people: People,
}

/// How many channels a page of the directory has.
pub const CHANNELS_PAGE: usize = 50;

/// A page of the directory, or what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelPage {
    pub channels: Vec<ChannelCard>,
    /// Whether there are more: after the last one, or that would be found by more of their name.
    pub has_more: bool,
}

impl ChannelPage {
    /// Takes in the page that comes after this one.
    pub fn add(&mut self, next: Self) {
        self.has_more = next.has_more;
        for channel in next.channels {
            if self.channels.iter().all(|known| known.id != channel.id) {
                self.channels.push(channel);
            }
        }
    }
}

/// A channel in the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ChannelCard {
    pub id: RoomId,
    pub slug: String,
    pub name: String,
    pub topic: String,
    pub access: RoomAccess,
    pub member_count: u32,
    /// Some of the members who are online, at most `ChannelCard::ONLINE_SHOWN`.
    pub online: Vec<UserRef>,
    pub online_count: u32,
    /// Whether the reader is in it.
    pub joined: bool,
}

impl ChannelCard {
    pub const ONLINE_SHOWN: usize = 5;

    /// Whether somebody from outside enters by themselves.
    pub fn may_be_entered(&self, site: SiteRole) -> bool {
        let (standing, class) = (Standing::Outside, RoomClass::of(RoomKind::Channel, self.access));
        decide(Ability::Enter, Facts { site, standing, class, state: RoomState::Open }).is_allowed()
    }
}
