//! A user in a room.

use serde::{Deserialize, Serialize};

use super::{RoomId, Seq, UserId};

/// A user's place in a room, as of the change `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Member {
    pub room: RoomId,
    /// The room's change that gave this state.
    pub seq: Seq,
    pub user: UserId,
    pub role: MemberRole,
    /// False once the user has left.
    pub joined: bool,
}

/// How far a member has come in a room. Both seqs only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Mark {
    pub user: UserId,
    /// One of the user's clients holds everything up to here.
    pub delivered_seq: Seq,
    pub read_seq: Seq,
}

/// What a client says of its copy of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It holds everything up to here.
    Delivered(Seq),
    /// Its reader has read everything up to here.
    Read(Seq),
}

impl Mark {
    /// Moves up, never down and never beyond the room's last seq `head`. What is read was delivered.
    #[must_use]
    pub fn raised(self, progress: Progress, head: Seq) -> Self {
        let (delivered, read) = match progress {
            Progress::Delivered(seq) => (seq, self.read_seq),
            Progress::Read(seq) => (seq, seq),
        };
        let delivered_seq = self.delivered_seq.max(delivered.min(head));
        Self { delivered_seq, read_seq: self.read_seq.max(read.min(head)), ..self }
    }
}

/// A member's role in the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    Owner,
    Moderator,
    /// Also whatever only a newer version knows.
    #[default]
    #[serde(other)]
    Member,
}

impl MemberRole {
    pub const ALL: [Self; 3] = [Self::Member, Self::Moderator, Self::Owner];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_grows_and_ends_at_the_last_seq() {
        let mut mark = Mark { user: UserId(1), delivered_seq: Seq(2), read_seq: Seq(1) };
        let steps = [
            (Progress::Read(Seq(3)), (3, 3)),
            (Progress::Read(Seq(2)), (3, 3)),
            (Progress::Delivered(Seq(5)), (5, 3)),
            (Progress::Read(Seq(-5)), (5, 3)),
            (Progress::Read(Seq(99)), (6, 6)),
            (Progress::Delivered(Seq(1)), (6, 6)),
        ];
        for (progress, (delivered, read)) in steps {
            mark = mark.raised(progress, Seq(6));
            assert_eq!((mark.delivered_seq.0, mark.read_seq.0), (delivered, read), "{progress:?}");
        }
    }
}
