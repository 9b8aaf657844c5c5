//! Who asks, and by what they proved it.

use crate::{
    error::AppError,
    model::{Me, Scope, SiteRole},
};

/// The user behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub me: Me,
    /// The name of the session or token, by which connections are found when it ends.
    pub session: String,
    /// What the proof is good for.
    pub scope: Scope,
    pub proof: Proof,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A browser's session.
    Cookie,
    /// A JWT for name and password.
    LoginToken,
    PersonalToken,
    Ticket,
}

impl Caller {
    /// # Errors
    /// `Forbidden` if the proof is not good for `scope`.
    pub fn require(&self, scope: Scope) -> Result<(), AppError> {
        if self.scope >= scope { Ok(()) } else { Err(AppError::Forbidden) }
    }

    /// The user, with the highest site role that the proof is good for: only `Scope::Admin` brings an administrator's.
    pub fn acting(self) -> Me {
        let role = if self.scope >= Scope::Admin { self.me.role } else { SiteRole::Member };
        Me { role, ..self.me }
    }

    /// Whether the password was given for this very session: only then may what opens the account be changed.
    pub fn holds_password(&self) -> bool {
        matches!(self.proof, Proof::Cookie | Proof::LoginToken)
    }
}
