//! A user in a room.

use serde::{Deserialize, Serialize};

use super::{RoomId, Seq, UserRef};

/// A user's place in a room, as of the change `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub room: RoomId,
    /// The room's change that gave this state.
    pub seq: Seq,
    pub user: UserRef,
    pub role: MemberRole,
    /// False once the user has left.
    pub joined: bool,
}

/// What a member may do in the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    Owner,
    Moderator,
    #[default]
    Member,
}
