//! Access tokens and sessions, as their owner sees them.

use serde::{Deserialize, Serialize};

use super::{Timestamp, TokenId, UserRef, text::parse_name};
use crate::error::Reason;

/// What a token lets a program do. Each scope includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read and listen.
    Read,
    /// All that a member does.
    Write,
    /// What only administrators may, if the user is one.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The scope and those that it includes.
    pub fn included(self) -> Vec<Self> {
        Self::ALL.into_iter().filter(|scope| *scope <= self).collect()
    }
}

/// The name by which the owner knows a token: 1 to 100 characters on one line, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// # Errors
    /// `Missing`, `TooLong` or `Invisible`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        parse_name(text, 100).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a token or ticket. Its `Debug` tells nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for whom it is made.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A personal access token, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PersonalToken {
    pub id: TokenId,
    pub name: String,
    /// All that it may, from the least on.
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    /// None if it does not expire.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the hour; none if never.
    pub used_at: Option<Timestamp>,
}

/// A personal access token that was just made; nobody can be shown its text again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct NewToken {
    pub token: Secret,
    pub about: PersonalToken,
}

/// A token for a user name and a password: a session of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct IssuedToken {
    /// A JWT.
    pub token: Secret,
    pub expires_at: Timestamp,
    pub user: UserRef,
}

/// How a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// In a browser, by its form.
    Browser,
    /// In a program, which has a token.
    Program,
}

/// A session of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SessionInfo {
    /// A name for the session that opens nothing.
    pub id: String,
    pub kind: SessionKind,
    /// Whether it is the one that asks.
    pub current: bool,
    pub created_at: Timestamp,
    /// When it was used last, to the day; none if that is not known.
    pub seen_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_includes_the_lesser_ones() {
        assert_eq!(Scope::Read.included(), [Scope::Read]);
        assert_eq!(Scope::Admin.included(), Scope::ALL);
        assert!(Scope::Write >= Scope::Read && Scope::Write < Scope::Admin);
    }

    #[test]
    fn a_secret_is_not_told_by_accident() {
        let secret = Secret::new("papo_abc".to_owned());
        assert!(!format!("{secret:?}").contains("abc"));
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""papo_abc""#);
    }
}
