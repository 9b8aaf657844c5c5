//! Which view of a room counts: the next one may begin before the last one has ended.

use leptos::prelude::*;

use super::LiveHandle;
use crate::model::LiveState;

impl LiveHandle {
    /// A view of a room begins: no other one is open any more. Gives what `leave` must be given.
    pub fn enter(self) -> u32 {
        self.close();
        self.visits
            .try_update_value(|visits| {
                *visits += 1;
                *visits
            })
            .unwrap_or_default()
    }

    /// The view of a room ends; by then another one may have begun.
    pub fn leave(self, visit: u32) {
        if self.visits.try_get_value() == Some(visit) {
            self.close();
        }
    }

    fn close(self) {
        self.wanted.try_set_value(None);
        self.turning.try_set(None);
        self.seen.forget();
        self.try_update(LiveState::close);
    }
}
