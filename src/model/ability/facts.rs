//! What the table decides from. The store loads these; what follows from them is decided here and in `decide`.

use crate::model::{MemberRole, RoomAccess, RoomKind, SiteRole};

/// How somebody stands to a room, and what the room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub site: SiteRole,
    pub standing: Standing,
    pub class: RoomClass,
    pub state: RoomState,
}

impl Facts {
    /// Every combination, also those that no room has: for tests.
    pub fn all() -> impl Iterator<Item = Self> {
        SiteRole::ALL.into_iter().flat_map(|site| {
            Standing::ALL.into_iter().flat_map(move |standing| {
                RoomClass::ALL.into_iter().flat_map(move |class| {
                    RoomState::ALL.into_iter().map(move |state| Self { site, standing, class, state })
                })
            })
        })
    }
}

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not in it: never was, left, or was removed.
    Outside,
    /// Outside, with an invitation that waits for an answer.
    Invited,
    Inside(MemberRole),
}

impl Standing {
    pub const ALL: [Self; 5] = [
        Self::Outside,
        Self::Invited,
        Self::Inside(MemberRole::Member),
        Self::Inside(MemberRole::Moderator),
        Self::Inside(MemberRole::Owner),
    ];

    /// The standing of somebody with this role in the room, or with this invitation into it.
    pub const fn of(role: Option<MemberRole>, invitation: Option<InvitationFacts>) -> Self {
        match (role, invitation) {
            (Some(role), _) => Self::Inside(role),
            (None, Some(invitation)) if invitation.is_open() => Self::Invited,
            (None, Some(_) | None) => Self::Outside,
        }
    }

    pub const fn is_inside(self) -> bool {
        match self {
            Self::Inside(_) => true,
            Self::Outside | Self::Invited => false,
        }
    }
}

/// What decides whether an invitation is shown to the person whom it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InvitationFacts {
    /// It was never to be shown.
    pub dropped: bool,
    pub inviter_disabled: bool,
    pub inviter_blocked: bool,
}

impl InvitationFacts {
    pub const fn is_open(self) -> bool {
        !self.dropped && !self.inviter_disabled && !self.inviter_blocked
    }
}

/// What a room is: its kind, and for channels how they are entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomClass {
    PublicChannel,
    PasswordChannel,
    PrivateChannel,
    Group,
    Direct,
}

impl RoomClass {
    pub const ALL: [Self; 5] =
        [Self::PublicChannel, Self::PasswordChannel, Self::PrivateChannel, Self::Group, Self::Direct];

    pub const fn of(kind: RoomKind, access: RoomAccess) -> Self {
        match (kind, access) {
            (RoomKind::Channel, RoomAccess::Public) => Self::PublicChannel,
            (RoomKind::Channel, RoomAccess::Password) => Self::PasswordChannel,
            (RoomKind::Channel, RoomAccess::Private) => Self::PrivateChannel,
            (RoomKind::Group, RoomAccess::Public | RoomAccess::Password | RoomAccess::Private) => Self::Group,
            (RoomKind::Direct, RoomAccess::Public | RoomAccess::Password | RoomAccess::Private) => {
                Self::Direct
            }
        }
    }

    /// Whether the directory shows it to everybody.
    pub const fn is_listed(self) -> bool {
        match self {
            Self::PublicChannel | Self::PasswordChannel => true,
            Self::PrivateChannel | Self::Group | Self::Direct => false,
        }
    }

    /// Whether its members decide who enters.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::PrivateChannel | Self::Group => true,
            Self::PublicChannel | Self::PasswordChannel | Self::Direct => false,
        }
    }

    /// Whether members differ in what they may do, and come and go.
    pub const fn has_roles(self) -> bool {
        match self {
            Self::PublicChannel | Self::PasswordChannel | Self::PrivateChannel | Self::Group => true,
            Self::Direct => false,
        }
    }
}

/// What has become of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomState {
    Open,
    /// A direct room in which somebody is disabled.
    PeerDisabled,
}

impl RoomState {
    pub const ALL: [Self; 2] = [Self::Open, Self::PeerDisabled];

    pub const fn takes_messages(self) -> bool {
        match self {
            Self::Open => true,
            Self::PeerDisabled => false,
        }
    }
}

/// Whom an ability is about, as they stand to the room and to whoever acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Neither in the room nor invited.
    Outside,
    /// Invited, whether the invitation is shown to them or not.
    Invited { by_me: bool },
    /// Whoever acts, in the room.
    Myself { last_owner: bool },
    /// Somebody else who has this role, and is not the only owner.
    Inside(MemberRole),
    /// Somebody else who is the only owner.
    LastOwner,
}

impl Target {
    pub const ALL: [Self; 9] = [
        Self::Outside,
        Self::Invited { by_me: true },
        Self::Invited { by_me: false },
        Self::Myself { last_owner: false },
        Self::Myself { last_owner: true },
        Self::Inside(MemberRole::Member),
        Self::Inside(MemberRole::Moderator),
        Self::Inside(MemberRole::Owner),
        Self::LastOwner,
    ];
}

/// What connects a person with somebody who invites them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Both are in one group or private channel.
    pub shares_room: bool,
    /// The person wrote one of the latest texts of their direct room.
    pub wrote: bool,
    /// The person has blocked the inviter.
    pub blocked: bool,
}

/// How a person stands to somebody who invites them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquaintance {
    /// The person knows the inviter.
    Knows,
    Stranger,
    /// The person has blocked the inviter.
    Blocked,
}

impl Acquaintance {
    pub const ALL: [Self; 3] = [Self::Knows, Self::Stranger, Self::Blocked];

    pub const fn of(ties: Ties) -> Self {
        match ties {
            Ties { blocked: true, .. } => Self::Blocked,
            Ties { shares_room: true, .. } | Ties { wrote: true, .. } => Self::Knows,
            Ties { shares_room: false, wrote: false, blocked: false } => Self::Stranger,
        }
    }

    /// Whether the inviter takes the person in without asking.
    pub(super) const fn needs_no_asking(self) -> bool {
        match self {
            Self::Knows => true,
            Self::Stranger | Self::Blocked => false,
        }
    }

    /// Whether an invitation is shown to the person.
    pub(super) const fn may_be_asked(self) -> bool {
        match self {
            Self::Knows | Self::Stranger => true,
            Self::Blocked => false,
        }
    }
}
