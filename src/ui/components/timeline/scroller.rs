//! The scroller around the rows, and the keys that move it.

use leptos::{ev, prelude::*};

use super::{
    Rows, TimelineOf,
    ends::{Beginning, Ending, NewAbove, ToTheEnd},
    pending::PendingRows,
    reading::Reading,
};
use crate::{browser, ui::language::language, words::td_string};

/// The whole timeline, with its scroller.
#[component]
pub fn Scroller(of: TimelineOf) -> impl IntoView {
    let locale = language();
    let reading = Reading::begin();
    let TimelineOf { path, unread, opens_at_new, targets, .. } = of.clone();
    reading.follow_sends();
    keep_keys(reading);
    if let Some(unread) = unread.filter(|_| opens_at_new) {
        reading.open_at(unread.after);
    }
    let read_seq = unread.map(|unread| unread.after);
    view! {
        <div class="timeline-frame">
            {unread.map(|unread| view! { <NewAbove unread reading /> })}
            <div
                class="timeline"
                role="log"
                aria-label=td_string!(locale, timeline.messages)
                tabindex="0"
                node_ref=reading.scroller
            >
                <div class="timeline-rows">
                    <Beginning of />
                    <Rows read_seq />
                    <Ending path=path.clone() />
                    <PendingRows targets />
                </div>
            </div>
            <ToTheEnd reading path />
        </div>
    }
}

/// PageUp, PageDown, Home and End act on the timeline, the first two also while one writes; Esc reads everything.
fn keep_keys(reading: Reading) {
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let is_writing = browser::is_writing(&event);
        match event.key().as_str() {
            "PageUp" => browser::scroll_by_pages(reading.scroller, -0.9),
            "PageDown" => browser::scroll_by_pages(reading.scroller, 0.9),
            "Home" if !is_writing => browser::scroll_by_pages(reading.scroller, -1e6),
            "End" if !is_writing => browser::spawn(reading.to_the_end()),
            "Escape" if !event.is_composing() && !browser::is_menu_open() => return reading.catch_up(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
}
