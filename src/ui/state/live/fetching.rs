//! What the tab fetches when its reader asks for more: older messages, other rooms, all members.

use std::time::Duration;

use leptos::prelude::*;

use super::LiveHandle;
use crate::{
    api::{
        messages::list_messages,
        rooms::{list_members, list_rooms, load_room},
    },
    browser,
    error::AppError,
    model::{
        RoomId, UserId,
        page::{MEMBERS_PAGE, MemberPage, RoomPage},
        window::{Turn, Wanted},
    },
};

/// How long after a failed try the page of a room that is open is fetched again.
const AGAIN: Duration = Duration::from_secs(2);

impl LiveHandle {
    /// Goes somewhere in the open room; what is not at hand is fetched. If that fails, nothing changes and it may be asked again.
    /// False if another page of it is on its way.
    pub async fn turn(self, turn: Turn) -> bool {
        if self.turning.try_get_untracked().is_none_or(|turning| turning.is_some()) {
            return false;
        }
        let Some(wanted) = self.try_update(|state| state.turn(turn)).flatten() else { return true };
        let visit = self.visits.try_get_value();
        self.turning.set(Some(turn));
        let (room, Wanted { stretch, .. }) = wanted;
        let (before, after, at) = stretch.fields();
        if let Ok(page) = list_messages(room, before, after, at).await {
            self.try_update(|state| state.take_page(wanted, page));
        }
        if self.visits.try_get_value() == visit {
            self.turning.try_set(None);
        }
        true
    }

    /// Opens one of my rooms, with its messages if they are at hand; otherwise they come.
    pub fn open_known(self, room: RoomId) {
        self.arrived.set(None);
        self.wanted.set_value(Some(room));
        match self.try_update(|state| state.reopen(room).then(|| state.is_open_behind())) {
            Some(Some(false)) => {}
            Some(Some(true)) => self.catch_up(),
            _ => self.prefetch(room),
        }
    }

    /// Fetches the page of one of my rooms that may be opened soon, unless it is at hand.
    pub fn prefetch(self, room: RoomId) {
        let is_known = self.with_untracked(|state| state.has_timeline(room));
        if is_known || self.fetching.try_get_value() == Some(Some(room)) {
            return;
        }
        browser::spawn(async move {
            loop {
                self.fetching.try_set_value(Some(room));
                let page = load_room(room.to_string(), None, None, None).await;
                self.fetching.try_update_value(|fetching| fetching.take_if(|fetched| *fetched == room));
                let is_wanted = self.wanted.try_get_value() == Some(Some(room));
                match page {
                    Err(error) if error.is_retryable() && is_wanted => browser::sleep(AGAIN).await,
                    page => return self.take_room(room, page, is_wanted),
                }
            }
        });
    }

    fn take_room(self, room: RoomId, page: Result<RoomPage, AppError>, is_wanted: bool) {
        let page = page.ok().and_then(|page| if let RoomPage::Open(page) = page { Some(page) } else { None });
        if let Some(page) = &page {
            // What is at hand already has gone on meanwhile.
            self.try_update(|state| state.keep(page));
            if is_wanted && self.try_update(|state| state.reopen(room)) == Some(true) {
                self.catch_up();
            }
        }
        self.arrived.try_set(Some((room, page.is_some())));
    }

    /// The room at hand is no longer what its page shows.
    pub fn give_up(self) {
        self.wanted.try_set_value(None);
    }

    /// The room whose page came last, and whether it is one that I am in.
    pub fn arrived(self) -> Signal<Option<(RoomId, bool)>> {
        self.arrived.into()
    }

    /// Where the reader goes to, while what is there is fetched.
    pub fn turning(self) -> Signal<Option<Turn>> {
        self.turning.into()
    }

    /// Fetches the next of my rooms that are not among those at hand.
    ///
    /// # Errors
    /// Those of the server; then nothing changes, and it may be asked again.
    pub async fn load_rooms(self) -> Result<(), AppError> {
        while let Some(after) =
            self.state.try_get_value().and_then(|state| state.with(|state| state.rest.after))
        {
            let page = list_rooms(after.to_string()).await?;
            if self.try_update(|state| state.add_rooms(page)) != Some(false) {
                break;
            }
        }
        Ok(())
    }

    /// Fetches all members of the open room.
    ///
    /// # Errors
    /// Those of the server; then nothing changes, and it may be asked again.
    pub async fn load_members(self) -> Result<(), AppError> {
        let open = self.with_untracked(|state| state.timeline.as_ref().map(|timeline| timeline.room));
        let Some(room) = open else { return Ok(()) };
        let mut all = MemberPage::default();
        loop {
            let after = all.members.last().map_or(UserId(0), |member| member.user);
            let page = list_members(room, after).await?;
            let is_last = page.members.len() < MEMBERS_PAGE;
            all.members.extend(page.members);
            all.people.learn_all(page.people);
            if is_last {
                break;
            }
        }
        self.try_update(|state| state.fill_members(room, all));
        Ok(())
    }
}
