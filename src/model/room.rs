//! Rooms: their kinds, who may enter, and how their names become addresses.

use serde::{Deserialize, Serialize};

use super::text::{parse_line, parse_name};
use crate::error::Reason;

/// What a room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Named, listed or private, open to many.
    Channel,
    /// Exactly two users, one room per pair.
    Direct,
    /// Invited users, named or not; also whatever only a newer version knows.
    #[serde(other)]
    Group,
}

/// How a channel is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomAccess {
    /// Anyone may enter.
    Public,
    /// Anyone who knows the room's password may enter.
    Password,
    /// Only members know of it; also whatever only a newer version knows.
    #[serde(other)]
    Private,
}

/// The room that every new user enters.
pub const GENERAL: &str = "general";

/// 1 to 80 characters on one line that leave an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    /// # Errors
    /// `Missing`, `TooLong`, `Invisible`, or `Malformed` if no letter or digit is left for the address.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let name = parse_name(text, 80)?;
        if slug_of(&name).is_empty() { Err(Reason::Malformed) } else { Ok(Self(name)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The room's address: lower case, words joined by `-`. It never reads as a number, since an id
    /// may stand in the same place.
    pub fn slug(&self) -> String {
        let slug = slug_of(&self.0);
        if slug.bytes().all(|b| b.is_ascii_digit()) { format!("room-{slug}") } else { slug }
    }
}

fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// What the room is about: at most 250 characters on one line, perhaps none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic(String);

impl Topic {
    /// # Errors
    /// `TooLong` or `Invisible` (a control character).
    pub fn parse(text: &str) -> Result<Self, Reason> {
        parse_line(text, 250).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_address() {
        for (name, slug) in [
            ("General", "general"),
            ("  Café & Código! ", "café-código"),
            ("2026", "room-2026"),
            ("日本語", "日本語"),
        ] {
            assert_eq!(RoomName::parse(name).unwrap().slug(), slug);
        }
    }

    #[test]
    fn a_name_without_letters_is_refused() {
        assert_eq!(RoomName::parse("  "), Err(Reason::Missing));
        assert_eq!(RoomName::parse("!!!"), Err(Reason::Malformed));
        assert_eq!(RoomName::parse("\u{3164}"), Err(Reason::Missing));
        assert_eq!(RoomName::parse("a\nb"), Err(Reason::Invisible));
        assert_eq!(RoomName::parse(&"x".repeat(81)), Err(Reason::TooLong));
    }
}
