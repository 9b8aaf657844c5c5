//! The words that stand in text columns for the model's enums.
//!
//! They are stored for ever: a word may be added, never changed. Called by the other store files.

use super::StoreError;
use crate::model::{MemberRole, MessageKind, Notice, RoomAccess, RoomKind, Scope, SiteRole};

pub(super) trait Word: Sized {
    fn word(self) -> &'static str;

    fn from_word(word: &str) -> Result<Self, StoreError>;
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl Word for $type {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            fn from_word(word: &str) -> Result<Self, StoreError> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    other => Err(malformed(stringify!($type), other)),
                }
            }
        }
    )*};
}

words! {
    SiteRole { Administrator = "administrator", Member = "member" }
    MemberRole { Owner = "owner", Moderator = "moderator", Member = "member" }
    RoomKind { Channel = "channel", Group = "group", Direct = "direct" }
    RoomAccess { Public = "public", Password = "password", Private = "private" }
    MessageKind { Text = "text", System = "system" }
    Scope { Read = "read", Write = "write", Admin = "admin" }
    Notice { Created = "created", Joined = "joined", Left = "left", Removed = "removed", Unknown = "unknown" }
}

/// A column holds what this version cannot read.
pub(super) fn malformed(what: &str, value: &str) -> StoreError {
    StoreError::Other(format!("{value:?} is no {what}").into())
}
