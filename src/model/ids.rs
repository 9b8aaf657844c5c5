//! Identifiers as types, so that a room's id cannot stand where a user's belongs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! number_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

number_ids! {
    UserId,
    RoomId,
    MessageId,
    /// A personal access token.
    TokenId,
    /// Something that must happen elsewhere, such as a mail.
    OutboxId,
    /// A room's counter: every durable change in the room takes the next one, beginning with 1. Changes of who people are
    /// take theirs from one counter of the whole server.
    Seq,
}

impl Seq {
    /// Whether nothing has changed yet.
    pub const fn is_start(&self) -> bool {
        self.0 == 0
    }

    /// The seq that must come after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A client's own id of a send, unique per author for ever; it makes a retry harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Cid(pub Uuid);

impl Cid {
    /// A new id (UUIDv7), made where the message is written.
    #[expect(clippy::new_without_default, reason = "each call makes another id")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cid {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
