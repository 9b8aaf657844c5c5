//! The tab's live state, from which every view derives, and its way to the server.

use leptos::prelude::*;

use crate::model::{
    Cid, LiveState, MessageText, RoomId,
    outbox::Target,
    page::{OpenRoom, Overview},
};

/// A handle to the tab's `LiveState`.
#[derive(Clone, Copy)]
pub struct Live {
    state: RwSignal<LiveState>,
    reloads: RwSignal<u32>,
    loading_older: RwSignal<bool>,
}

/// Provides the live state for `use_live`; once, in the body of the chat layout.
pub fn provide_live(overview: Overview) -> Live {
    let live = Live {
        state: RwSignal::new(LiveState::new(overview)),
        reloads: RwSignal::new(0),
        loading_older: RwSignal::new(false),
    };
    provide_context(live);
    live
}

/// The chat layout's live state.
#[expect(clippy::expect_used, reason = "a view outside the chat layout is a mistake in the program")]
pub fn use_live() -> Live {
    use_context().expect("the chat layout provides it")
}

impl Live {
    /// A value derived from the state.
    pub fn memo<T>(self, f: impl Fn(&LiveState) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Clone + Send + Sync + 'static,
    {
        Memo::new(move |_| self.state.with(&f))
    }

    pub fn with_untracked<T>(self, f: impl FnOnce(&LiveState) -> T) -> T {
        self.state.with_untracked(f)
    }

    /// Shows a room.
    pub fn open(self, page: &OpenRoom) {
        self.state.update(|state| {
            state.open(page);
        });
    }

    pub fn close(self) {
        self.state.update(LiveState::close);
    }

    /// Fetches the page before the oldest message and puts it in its place; at most one at a time.
    pub async fn load_older(self) {}

    pub fn is_loading_older(self) -> Signal<bool> {
        self.loading_older.into()
    }

    /// Puts a message on its way.
    pub fn send(self, _target: Target, _text: MessageText) {}

    /// Sends a refused message again.
    pub fn retry(self, _cid: Cid) {}

    /// Gives up a refused message.
    pub fn discard(self, _cid: Cid) {}

    /// Tells the others that the reader types.
    pub fn typing(self, _room: RoomId) {}

    /// Marks the open room as read, if the page is in sight; for a reader at the end of the timeline.
    pub fn mark_read(self) {}

    /// Grows when the open page must be fetched anew.
    pub fn reloads(self) -> Signal<u32> {
        self.reloads.into()
    }
}
