//! Abilities: what one may do, decided from roles, room and target in one pure table.
//!
//! The actions load `Facts` in their transaction and ask `decide`; the views ask it what to show; the refusal matrix and
//! `docs/permissions.md` are enumerated from it. A new ability is a variant and one line in each `match` below: the
//! compiler names those that lack it.

mod facts;
mod site;
#[cfg(test)]
mod tests;

pub use facts::{Acquaintance, Facts, InvitationFacts, RoomClass, RoomState, Standing, Target, Ties};
pub use site::SiteAbility;

use super::{MemberRole, SiteRole};
use crate::error::AppError;

/// What somebody may want to do in a room, or with somebody there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Sees the room in the directory: its name, topic and number of members.
    Find,
    /// Enters without being asked; with the password, if the room has one. Being in it already is fine.
    Enter,
    /// Accepts or declines an invitation.
    Answer,
    /// Reads messages, members and marks, receives events, and tells how far one has read.
    Read,
    /// Shows the others that one is typing.
    Type,
    /// Sends messages.
    Post,
    Leave,
    /// Takes people in, or invites those who must be asked first.
    Invite,
    /// Takes this person in at once, without asking them.
    Admit(Acquaintance),
    /// Has an invitation shown to this person. The inviter cannot tell whether it is.
    Reach(Acquaintance),
    /// Removes this person, or takes back their invitation.
    Remove(Target),
    /// Gives this person a role in the room.
    Appoint(Target, MemberRole),
}

/// What the table says of an ability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// Not allowed to somebody who may know that the room, or the person in it, is there.
    Refused,
    /// Answered exactly as if the room, or the person in it, did not exist.
    Hidden,
}

impl Verdict {
    pub const fn is_allowed(self) -> bool {
        match self {
            Self::Allowed => true,
            Self::Refused | Self::Hidden => false,
        }
    }

    /// # Errors
    /// `Forbidden` if it is refused, `NotFound` if it is hidden.
    pub const fn require(self) -> Result<(), AppError> {
        match self {
            Self::Allowed => Ok(()),
            Self::Refused => Err(AppError::Forbidden),
            Self::Hidden => Err(AppError::NotFound),
        }
    }
}

/// The table: whether somebody of whom, and of whose room, these are the facts has this ability.
pub fn decide(ability: Ability, facts: Facts) -> Verdict {
    let Facts { standing, class, state, .. } = facts;
    match ability {
        Ability::Find => shown_if(class.is_listed()),
        Ability::Enter => shown_if(standing.is_inside() || class.is_listed()),
        Ability::Answer => shown_if(standing == Standing::Invited),
        Ability::Read | Ability::Type => inside(standing, |_| Verdict::Allowed),
        Ability::Post => inside(standing, |_| allowed_if(state.takes_messages())),
        Ability::Leave => inside(standing, |_| allowed_if(class.has_roles())),
        Ability::Invite => inside(standing, |_| allowed_if(class.is_closed())),
        Ability::Admit(tie) => inside(standing, |_| allowed_if(class.is_closed() && tie.needs_no_asking())),
        Ability::Reach(tie) => inside(standing, |_| allowed_if(class.is_closed() && tie.may_be_asked())),
        Ability::Remove(target) => inside(standing, |own| remove(own, class, target)),
        Ability::Appoint(target, role) => appoint(facts, target, role),
    }
}

/// For what whoever is not in the room must not notice.
fn inside(standing: Standing, verdict: impl FnOnce(MemberRole) -> Verdict) -> Verdict {
    match standing {
        Standing::Inside(role) => verdict(role),
        Standing::Outside | Standing::Invited => Verdict::Hidden,
    }
}

const fn allowed_if(allowed: bool) -> Verdict {
    if allowed { Verdict::Allowed } else { Verdict::Refused }
}

const fn shown_if(shown: bool) -> Verdict {
    if shown { Verdict::Allowed } else { Verdict::Hidden }
}

fn remove(own: MemberRole, class: RoomClass, target: Target) -> Verdict {
    use MemberRole::{Member, Moderator, Owner};
    let may = match (target, own) {
        (Target::Outside, Owner | Moderator | Member) => return Verdict::Hidden,
        // This is leaving.
        (Target::Myself { last_owner: true | false }, Owner | Moderator | Member) => true,
        (Target::Invited { by_me: true }, Owner | Moderator | Member) => true,
        (Target::Invited { by_me: false }, Owner | Moderator) => true,
        (Target::Invited { by_me: false }, Member) => false,
        (Target::Inside(Moderator | Member), Owner) => true,
        (Target::Inside(Member), Moderator) => true,
        (Target::Inside(Owner), Owner) => false,
        (Target::Inside(Owner | Moderator), Moderator) => false,
        (Target::Inside(Owner | Moderator | Member), Member) => false,
        (Target::LastOwner, Owner | Moderator | Member) => false,
    };
    allowed_if(may && class.has_roles())
}

/// Owners appoint members and moderators, everybody may step down, and administrators appoint anybody in the rooms that
/// they may know of. No room loses its last owner by it.
fn appoint(facts: Facts, target: Target, role: MemberRole) -> Verdict {
    let Facts { site, standing, class, .. } = facts;
    let administers = match site {
        SiteRole::Administrator => standing.is_inside() || class.is_listed(),
        SiteRole::Member => false,
    };
    let own = match standing {
        Standing::Inside(own) => own,
        Standing::Outside | Standing::Invited if administers => MemberRole::Member,
        Standing::Outside | Standing::Invited => return Verdict::Hidden,
    };
    let may = match target {
        Target::Outside | Target::Invited { by_me: true | false } => return Verdict::Hidden,
        Target::Myself { last_owner: true } => role == MemberRole::Owner,
        Target::Myself { last_owner: false } => administers || !raises(own, role),
        Target::LastOwner => administers && role == MemberRole::Owner,
        Target::Inside(MemberRole::Owner) => administers,
        Target::Inside(MemberRole::Moderator | MemberRole::Member) => administers || own == MemberRole::Owner,
    };
    allowed_if(may && class.has_roles())
}

/// Whether somebody with the role `from` gains something by the role `to`.
const fn raises(from: MemberRole, to: MemberRole) -> bool {
    use MemberRole::{Member, Moderator, Owner};
    match (from, to) {
        (Member, Moderator | Owner) | (Moderator, Owner) => true,
        (Owner, Owner | Moderator | Member) | (Moderator, Moderator | Member) | (Member, Member) => false,
    }
}

impl Ability {
    /// Every ability, with every target: for tests and for the table in the documentation.
    pub fn all() -> Vec<Self> {
        let alone = [
            Self::Find,
            Self::Enter,
            Self::Answer,
            Self::Read,
            Self::Type,
            Self::Post,
            Self::Leave,
            Self::Invite,
        ];
        let to_people = Acquaintance::ALL.into_iter().map(Self::Admit);
        let to_people = to_people.chain(Acquaintance::ALL.into_iter().map(Self::Reach));
        let appoint = |target| MemberRole::ALL.map(|role| Self::Appoint(target, role));
        let to_members = Target::ALL.into_iter().map(Self::Remove);
        let to_members = to_members.chain(Target::ALL.into_iter().flat_map(appoint));
        alone.into_iter().chain(to_people).chain(to_members).collect()
    }

    /// Its name in the documentation and in the refusal matrix.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Find => "find",
            Self::Enter => "enter",
            Self::Answer => "answer",
            Self::Read => "read",
            Self::Type => "type",
            Self::Post => "post",
            Self::Leave => "leave",
            Self::Invite => "invite",
            Self::Admit(_) => "admit",
            Self::Reach(_) => "reach",
            Self::Remove(_) => "remove",
            Self::Appoint(..) => "appoint",
        }
    }
}
