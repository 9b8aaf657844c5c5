//! What a role on the whole site gives, whatever the room.

use crate::model::SiteRole;

/// What somebody may want to do on the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteAbility {
    /// Holds more rooms and invitations than the limits of an account allow.
    ExceedHoldings,
    /// Makes tokens that do what administrators may.
    MakeAdminTokens,
}

impl SiteAbility {
    pub const ALL: [Self; 2] = [Self::ExceedHoldings, Self::MakeAdminTokens];
}

impl SiteRole {
    pub const ALL: [Self; 2] = [Self::Member, Self::Administrator];

    /// The table of what a site role gives.
    pub const fn may(self, ability: SiteAbility) -> bool {
        match (self, ability) {
            (Self::Administrator, SiteAbility::ExceedHoldings | SiteAbility::MakeAdminTokens) => true,
            (Self::Member, SiteAbility::ExceedHoldings | SiteAbility::MakeAdminTokens) => false,
        }
    }

    /// The lesser of two roles.
    #[must_use]
    pub const fn at_most(self, other: Self) -> Self {
        match (self, other) {
            (Self::Administrator, Self::Administrator) => Self::Administrator,
            (Self::Member, Self::Administrator | Self::Member) | (Self::Administrator, Self::Member) => {
                Self::Member
            }
        }
    }
}
