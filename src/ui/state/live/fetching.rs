//! What the tab fetches when its reader asks for more: older messages, other rooms, all members.

use leptos::prelude::*;

use super::LiveHandle;
use crate::{
    api::{
        messages::list_messages_before,
        rooms::{list_members, list_rooms},
    },
    error::AppError,
    model::{
        UserId,
        page::{MEMBERS_PAGE, MemberPage},
    },
};

impl LiveHandle {
    /// Fetches the page before the oldest message and puts it in its place; at most one at a time.
    /// If that fails, nothing changes and it may be asked again.
    pub async fn load_older(self) {
        let wanted = self.with_untracked(|state| {
            let timeline = state.timeline.as_ref().filter(|timeline| timeline.has_older)?;
            Some((timeline.room, timeline.oldest()?))
        });
        let Some((room, before)) = wanted.filter(|_| !self.loading_older.get_untracked()) else { return };
        self.loading_older.set(true);
        let page = list_messages_before(room, before).await;
        if let Ok(page) = page {
            self.state.try_update(|state| state.prepend(room, before, page));
        }
        self.loading_older.try_set(false);
    }

    /// Fetches the next of my rooms that are not among those at hand.
    ///
    /// # Errors
    /// Those of the server; then nothing changes, and it may be asked again.
    pub async fn load_rooms(self) -> Result<(), AppError> {
        while let Some(after) = self.state.try_with_untracked(|state| state.rest.after).flatten() {
            let page = list_rooms(after.to_string()).await?;
            if self.state.try_update(|state| state.add_rooms(page)) != Some(false) {
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
        self.state.try_update(|state| state.fill_members(room, all));
        Ok(())
    }
}
