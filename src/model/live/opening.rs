//! Which room is open, which ones are kept for a return, and where their reader goes.

use super::{ConnectionState, LiveState, Need};
use crate::model::{
    RoomId, Timeline,
    overview::sort_rooms,
    page::{HistoryPage, MemberPage, OpenRoom, RECEIPTS_MAX},
    watched::Watched,
    window::{Turn, Wanted},
};

/// How many rooms are kept after they were open.
const KEPT_MAX: usize = 9;

impl LiveState {
    /// Shows a room. What came between the page's reading and now is asked for.
    pub fn open(&mut self, page: &OpenRoom) -> Need {
        self.take_in(page);
        self.outbox.forget_shown(&page.history.messages);
        self.show(Timeline::new(page));
        Need::Tell(self.sync())
    }

    /// Takes in what a page tells of its room and of people.
    fn take_in(&mut self, page: &OpenRoom) {
        self.learn(page.people.clone());
        if let Some(known) = self.rooms.iter_mut().find(|room| room.id == page.room.id) {
            if known.head < page.room.head {
                **known = page.room.clone();
            }
        } else {
            if self.rest.after.is_some_and(|end| page.room.cursor() < end) {
                self.rest.leave_out(&page.room);
            }
            self.rooms.push(Watched::new(page.room.clone()));
        }
        sort_rooms(&mut self.rooms);
        if *self.connection != ConnectionState::Live {
            // A live connection knows better than a page that took its time.
            page.online.iter().for_each(|user| self.set_online(*user, true));
        }
        if usize::try_from(page.member_count).is_ok_and(|count| count > RECEIPTS_MAX) {
            self.large.insert(page.room.id, ());
        } else {
            self.large.remove(&page.room.id);
        }
    }

    /// Whether messages of the room are at hand.
    pub fn has_timeline(&self, room: RoomId) -> bool {
        self.timelines().any(|timeline| timeline.room == room)
    }

    /// Keeps the page of a room that may be opened soon.
    pub fn keep(&mut self, page: &OpenRoom) {
        if !self.has_timeline(page.room.id) {
            self.take_in(page);
            self.kept.insert(0, Timeline::new(page));
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// Shows the end of a room that was open before; false if that is not at hand.
    pub fn reopen(&mut self, room: RoomId) -> bool {
        let place = self.kept.iter().position(|kept| kept.room == room);
        let Some(mut timeline) = place.map(|place| self.kept.remove(place)) else { return false };
        // A page that begins where much is unread is meant so.
        let is_new = timeline.window.is_untouched();
        if !is_new && timeline.window.turn(Turn::End).is_some() {
            return false;
        }
        self.show(timeline);
        true
    }

    /// Whether something of the open room is known to be missing: its page came later than the changes that followed it.
    pub fn is_open_behind(&self) -> bool {
        let room = self.timeline.as_ref().and_then(|timeline| Some((timeline, self.room(timeline.room)?)));
        room.is_some_and(|(timeline, room)| timeline.cursor < room.head)
    }

    fn show(&mut self, timeline: Timeline) {
        self.keep_open();
        self.kept.retain(|kept| kept.room != timeline.room);
        self.timeline = Some(timeline);
    }

    pub fn close(&mut self) {
        self.keep_open();
        self.set_reading(false);
        self.outbox.forget_shown([]);
    }

    /// Closes the open room, and keeps it for a return.
    fn keep_open(&mut self) {
        if let Some(timeline) = self.timeline.take() {
            self.kept.insert(0, timeline);
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// The open room and those that are kept.
    pub(super) fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.timeline.iter().chain(&self.kept)
    }

    /// What is at hand of a room.
    pub(super) fn timeline_of(&mut self, room: RoomId) -> Option<&mut Timeline> {
        self.timeline.iter_mut().chain(&mut self.kept).find(|timeline| timeline.room == room)
    }

    /// Goes somewhere in the open room. What is not at hand is wanted, for `take_page`.
    pub fn turn(&mut self, turn: Turn) -> Option<(RoomId, Wanted)> {
        let timeline = self.timeline.as_mut()?;
        Some((timeline.room, timeline.window.turn(turn)?))
    }

    /// Takes in a page that was wanted, if the room is still open.
    pub fn take_page(&mut self, (room, wanted): (RoomId, Wanted), mut page: HistoryPage) {
        self.learn(std::mem::take(&mut page.people));
        if let Some(timeline) = self.timeline_of(room) {
            timeline.window.take_page(wanted, page);
        }
    }

    /// Tells whether the reader looks at the end of what is drawn.
    pub fn set_at_end(&mut self, is_at_end: bool) {
        if let Some(timeline) = &mut self.timeline
            && timeline.window.is_at_end() != is_at_end
        {
            timeline.window.set_at_end(is_at_end);
        }
    }

    /// Adds the members of `room` that its page did not show, if it is still the open room.
    pub fn fill_members(&mut self, room: RoomId, all: MemberPage) {
        self.learn(all.people);
        if let Some(timeline) = self.timeline.as_mut().filter(|timeline| timeline.room == room) {
            timeline.fill_members(all.members);
        }
    }
}
