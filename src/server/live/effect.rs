//! What a committed change brings about among the connected.

use crate::model::{Change, Ephemeral, RoomId, UserId, UserRef, people::Introduced};

/// One consequence of a commit. An action returns them in the order in which they must happen.
#[derive(Debug)]
pub enum Effect {
    /// Every member hears of the change. Of a member's it also moves the user's connections: who has joined
    /// hears it and all that follows, who has left hears it as the last one.
    Tell(Introduced<Change>),
    /// Every connection in the room hears the event, unless it is behind.
    TellEphemeral { room: RoomId, event: Ephemeral },
    /// Every connection of the user hears the event.
    TellUser { user: UserId, event: Introduced<Ephemeral> },
    /// Every connection hears that the user has another name.
    TellName(UserRef),
    /// The session's connections are closed.
    EndSession { session: String },
}
