//! What the reader has seen, told as read: what was on the screen of a page that somebody looks at.

use std::time::Duration;

use leptos::prelude::*;

use super::LiveHandle;
use crate::{browser, model::Seq, ui::state::connection::Order};

/// While one scrolls, what was read is told so often at most.
const PAUSE: Duration = Duration::from_millis(400);

/// What is on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    sight: StoredValue<Sight>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sight {
    /// The last message that is wholly on the screen.
    last: Option<Seq>,
    is_at_end: bool,
    /// The last that was told as read.
    told: Option<Seq>,
    /// It was told just now, so that the next word waits.
    is_waiting: bool,
}

impl Seen {
    pub(super) fn forget(self) {
        self.sight.try_update_value(|sight| (sight.last, sight.told, sight.is_at_end) = (None, None, false));
    }
}

impl LiveHandle {
    /// Notes what is on the screen: up to `last`, which may be the end of what is drawn.
    pub fn look_at(self, last: Option<Seq>, is_at_end: bool) {
        let sight = self.seen.sight;
        sight.try_update_value(|sight| (sight.last, sight.is_at_end) = (last, is_at_end));
        self.try_update(|state| state.set_at_end(is_at_end));
        self.note_seen();
    }

    /// Marks the whole room as read.
    pub fn read_all(self) {
        if let Some((room, seq)) = self.with_untracked(|state| state.read(None)) {
            self.order(Order::Read(room, seq));
        }
    }

    /// Tells what is on the screen as read, if anybody looks at it.
    pub(super) fn note_seen(self) {
        let Some(sight) = self.seen.sight.try_get_value() else { return };
        let is_watched = browser::has_attention();
        self.try_update(|state| state.set_reading(is_watched && sight.is_at_end));
        let Some(last) =
            sight.last.filter(|last| is_watched && !sight.is_waiting && Some(*last) > sight.told)
        else {
            return;
        };
        let Some((room, seq)) = self.with_untracked(|state| state.read(Some(last))) else { return };
        self.order(Order::Read(room, seq));
        self.seen.sight.update_value(|sight| (sight.told, sight.is_waiting) = (Some(last), true));
        browser::spawn(async move {
            browser::sleep(PAUSE).await;
            if self.seen.sight.try_update_value(|sight| sight.is_waiting = false).is_some() {
                self.note_seen();
            }
        });
    }
}
