//! What this client holds of rooms, told as the mark `delivered`.

use super::{Phase, Session};
use crate::model::{LiveState, RoomId, Seq};

impl Session {
    /// This client has a message of others; of the open room only what `hold_open` says.
    pub(super) fn hold(&mut self, state: &LiveState, room: RoomId, seq: Seq) {
        let is_open = state.timeline.as_ref().is_some_and(|timeline| timeline.room == room);
        if !is_open && state.tells_marks(room) {
            self.delivered.hold(room, seq);
        }
    }

    /// The open room is held as far as nothing is missing.
    pub(super) fn hold_open(&mut self, state: &LiveState) {
        if self.phase == Phase::Ready
            && let Some(open) = state.timeline.as_ref().filter(|open| state.tells_marks(open.room))
        {
            self.delivered.hold(open.room, open.cursor);
        }
    }
}
