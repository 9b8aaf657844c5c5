//! Where the reader of a timeline is, and the ways from there.

use std::time::Duration;

use leptos::{html, prelude::*};

use super::ends::Unread;
use crate::{
    browser::{self, Place},
    model::{LiveState, Seq, live::ConnectionState, window::Turn},
    ui::state::live::{LiveHandle, Topic, use_live},
};

/// How long a reader who goes far waits for a page that is on its way.
const WAIT: Duration = Duration::from_millis(30);

/// The reader of one timeline.
#[derive(Clone, Copy)]
pub struct Reading {
    live: LiveHandle,
    pub scroller: NodeRef<html::Div>,
    place: RwSignal<Place>,
    /// The reader is on the way somewhere: until the rows there are drawn, what is in sight means nothing.
    is_jumping: StoredValue<bool>,
    /// The reader is done with what was unread.
    is_caught_up: RwSignal<bool>,
}

impl Reading {
    pub fn begin() -> Self {
        let reading = Self {
            live: use_live(),
            scroller: NodeRef::new(),
            place: RwSignal::new(Place { is_at_end: true, ..Place::default() }),
            is_jumping: StoredValue::new(false),
            is_caught_up: RwSignal::new(false),
        };
        browser::keep_place(reading.scroller, move |place| reading.look(place));
        // What could not be fetched is, once the server is there again.
        let connection = reading.live.memo([Topic::Connection], |state| *state.connection);
        Effect::new(move |_| {
            if connection.get() == ConnectionState::Live {
                reading.fill();
            }
        });
        reading
    }

    fn look(self, place: Place) {
        if self.is_jumping.try_get_value() != Some(false) {
            return;
        }
        self.place.maybe_update(|known| std::mem::replace(known, place) != place);
        self.live.look_at(place.last, place.is_at_end);
        self.fill();
    }

    /// Whether the newest of the rows that are drawn is in sight. Reactive.
    pub fn is_at_end(self) -> bool {
        self.place.read().is_at_end
    }

    /// Draws more where few rows are left.
    fn fill(self) {
        let place = self.place.get_untracked();
        let turn = self.live.with_untracked(|state| {
            let window = &state.timeline.as_ref()?.window;
            // Many messages in few rows, folded ones say: what came on one side would be taken from the other, for ever.
            if place.wants_older && place.wants_newer && window.is_full() {
                return None;
            }
            let older = (place.wants_older && window.goes_on_above()).then_some(Turn::Older);
            older.or((place.wants_newer && window.goes_on_below()).then_some(Turn::Newer))
        });
        if let Some(turn) = turn {
            browser::spawn(async move {
                self.live.turn(turn).await;
            });
        }
    }

    /// Goes to the newest message.
    pub async fn to_the_end(self) {
        self.jump(Turn::End, browser::scroll_to_end).await;
    }

    /// Goes to the first text after `after`.
    pub async fn to_the_new(self, after: Seq) {
        let first = move || self.live.with_untracked(|state| first_after(state, after));
        let turn = if first().is_some() { None } else { Some(Turn::To(after)) };
        self.jump(turn, move |scroller| {
            if let Some(seq) = first() {
                browser::scroll_to_row(scroller, &format!("#m{seq}"));
            }
        })
        .await;
    }

    async fn jump(self, turn: impl Into<Option<Turn>>, arrive: impl FnOnce(NodeRef<html::Div>)) {
        if self.is_jumping.try_update_value(|is_jumping| std::mem::replace(is_jumping, true)) != Some(false) {
            return;
        }
        if let Some(turn) = turn.into() {
            // Another page may be on its way.
            while !self.live.turn(turn).await && self.is_here() {
                browser::sleep(WAIT).await;
            }
        }
        // The rows are drawn first.
        browser::sleep(Duration::ZERO).await;
        if self.is_here() {
            arrive(self.scroller);
            self.is_jumping.set_value(false);
            browser::look_again(self.scroller);
        }
    }

    /// Whether the timeline still stands.
    fn is_here(self) -> bool {
        self.is_jumping.try_get_value().is_some()
    }

    /// The last message of what was unread that the reader has come to without leaving any out.
    fn read_through(self, after: Seq) -> Memo<Seq> {
        Memo::new(move |before: Option<&Seq>| {
            let known = before.copied().unwrap_or(after);
            let Place { first: Some(first), last: Some(last), .. } = self.place.get() else { return known };
            let leaves_out = self.live.with_untracked(|state| has_between(state, known, first));
            if leaves_out { known } else { known.max(last) }
        })
    }

    /// What is unread and left out above the reader, if something is: everything after this message.
    pub fn left_out(self, unread: Unread) -> Signal<Option<Seq>> {
        let read = self.read_through(unread.after);
        Signal::derive(move || {
            let first = self.place.get().first.filter(|_| !self.is_caught_up.get())?;
            let read = read.get();
            self.live.with_untracked(|state| has_between(state, read, first)).then_some(read)
        })
    }

    /// A room with something unread opens there. What is in sight before counts for nothing.
    pub fn open_at(self, after: Seq) {
        self.is_jumping.set_value(true);
        let is_drawn = self.live.memo([Topic::Timeline], |state| state.timeline.is_some());
        Effect::new(move |was_drawn: Option<bool>| {
            let is_drawn = is_drawn.get() && self.scroller.get().is_some();
            if is_drawn && was_drawn != Some(true) {
                self.is_jumping.set_value(false);
                browser::spawn(self.to_the_new(after));
            }
            is_drawn || was_drawn == Some(true)
        });
    }

    /// Reads everything.
    pub fn catch_up(self) {
        self.live.read_all();
        self.is_caught_up.set(true);
        browser::spawn(self.to_the_end());
    }

    /// A send of one's own brings the end into sight; who answers has read.
    pub fn follow_sends(self) {
        let sent = self.live.sent();
        Effect::new(move |before: Option<u32>| {
            let now = sent.get();
            if before.is_some_and(|before| now != before) {
                self.catch_up();
            }
            now
        });
    }
}

/// Whether messages after `seq` and before `first` are left out; also where that is not known.
fn has_between(state: &LiveState, seq: Seq, first: Seq) -> bool {
    let Some(window) = state.timeline.as_ref().map(|timeline| &timeline.window) else { return false };
    let before = window.messages().iter().take_while(|message| message.seq < first);
    before.last().map_or(window.has_older && first > seq, |last| last.seq > seq)
}

/// The first text after `after`, if it is drawn.
fn first_after(state: &LiveState, after: Seq) -> Option<Seq> {
    let window = &state.timeline.as_ref()?.window;
    let is_known = !window.has_older || window.oldest().is_some_and(|oldest| oldest <= after);
    let next = window.messages().iter().find(|message| message.seq > after && message.notice.is_none())?;
    let is_drawn = window.shown().iter().any(|message| message.seq == next.seq);
    (is_known && is_drawn).then_some(next.seq)
}
