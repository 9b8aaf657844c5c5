//! What is unread, and what the reader of the open room has read.

use super::LiveState;
use crate::model::{RoomId, RoomSummary, Seq, UserRef};

impl LiveState {
    /// Unread messages over all rooms; of a room that is not among `rooms`, one.
    pub fn unread(&self) -> u32 {
        self.rooms.iter().map(|room| self.unread_of(room)).sum::<u32>() + self.rest.unread
    }

    /// What is unread in the open room; nothing that comes while it is read.
    pub fn open_unread(&self) -> u32 {
        let open = self.timeline.as_ref().and_then(|timeline| self.room(timeline.room));
        open.map_or(0, |room| self.unread_of(room))
    }

    /// What is unread in a room; nothing that comes while it is read.
    pub fn unread_of(&self, room: &RoomSummary) -> u32 {
        if *self.reading == Some(room.id) { 0 } else { room.unread }
    }

    /// Notes whether the reader looks at the end of the open room.
    pub fn set_reading(&mut self, is_reading: bool) {
        let open = self.timeline.as_ref().filter(|timeline| is_reading && !timeline.window.goes_on_below());
        let reading = open.map(|timeline| timeline.room);
        if *self.reading != reading {
            *self.reading = reading;
        }
    }

    /// Who of the others has read `seq` in the open room.
    pub fn readers(&self, seq: Seq) -> Vec<UserRef> {
        let marks = self.timeline.iter().map(|timeline| &timeline.marks);
        let readers = marks.flat_map(|marks| marks.readers(self.me.user.id, seq));
        readers.map(|user| self.person(user)).collect()
    }

    /// What marks the open room as read up to `seq`, or to its end, if something in it is unread.
    pub fn read(&self, seq: Option<Seq>) -> Option<(RoomId, Seq)> {
        let timeline = self.timeline.as_ref()?;
        let room = self.room(timeline.room)?;
        // What is no message at the end, somebody's leaving say, is read with the last one.
        let is_last = seq == timeline.window.newest() && !timeline.window.has_newer;
        let seq = seq.filter(|_| !is_last).unwrap_or(timeline.cursor);
        (room.unread > 0 && seq > room.read_seq).then_some((room.id, seq))
    }
}
