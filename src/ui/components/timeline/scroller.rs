//! The scroller around the rows: older pages at its head, new messages at its end.

use std::time::Duration;

use leptos::{ev, html, prelude::*};

use super::{Rows, TimelineOf};
use crate::{
    browser,
    ui::{
        components::icon::Icon,
        language::language,
        state::live::{LiveHandle, use_live},
    },
    words::{fill::fill, isolated, td_string},
};

/// The whole timeline, with its scroller.
#[component]
pub fn Scroller(of: TimelineOf) -> impl IntoView {
    let locale = language();
    let scroller = NodeRef::<html::Div>::new();
    let at_end = RwSignal::new(true);
    let filling = RwSignal::new(false);
    keep_read(scroller, at_end);
    let path = of.path.clone();
    view! {
        <div class="timeline-frame">
            <div
                class="timeline"
                class:filling=filling
                role="log"
                aria-label=td_string!(locale, timeline.messages)
                tabindex="0"
                node_ref=scroller
                on:scroll=move |_| at_end.set(browser::is_at_end(scroller))
            >
                <div class="timeline-rows">
                    <Beginning of=of.clone() filling />
                    <Rows of />
                </div>
            </div>
            <ToTheEnd scroller at_end path />
        </div>
    }
}

/// Keeps the room read while its end is in sight, and the end in sight after a send of one's own.
fn keep_read(scroller: NodeRef<html::Div>, at_end: RwSignal<bool>) {
    let live = use_live();
    let unread = live.memo(|state| {
        let open = state.timeline.as_ref().and_then(|timeline| state.room(timeline.room));
        open.map_or(0, |room| room.unread)
    });
    Effect::new(move |_| {
        if at_end.get() && unread.get() > 0 {
            live.mark_read();
        }
    });
    let sends = live.memo(|state| state.outbox.sends.len());
    Effect::new(move |before: Option<usize>| {
        let now = sends.get();
        if before.is_some_and(|before| now > before) {
            browser::scroll_to_end(scroller);
        }
        now
    });
}

/// What stands above the first row: the way to older ones, or a word about the beginning.
#[component]
fn Beginning(of: TimelineOf, filling: RwSignal<bool>) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let has_older = live.memo(|state| state.timeline.as_ref().is_some_and(|timeline| timeline.has_older));
    let TimelineOf { name, path, direct, .. } = of;
    move || {
        if has_older.get() {
            return view! { <Older path=path.clone() filling /> }.into_any();
        }
        let name = name.clone();
        let words = move || {
            let name = name.clone();
            if direct {
                fill(td_string!(locale, timeline.empty_direct), &[("name", &isolated(&name))])
            } else {
                fill(td_string!(locale, timeline.empty_room), &[("name", &isolated(&name))])
            }
        };
        view! { <p class="beginning" dir="auto">{words}</p> }.into_any()
    }
}

/// A link to the page before; where there is JavaScript, that page comes when this is in sight.
#[component]
fn Older(path: String, filling: RwSignal<bool>) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let link = NodeRef::<html::A>::new();
    let oldest = live.memo(|state| state.timeline.as_ref().and_then(|timeline| timeline.oldest()));
    let in_sight = StoredValue::new(false);
    browser::observe(link, move |seen| {
        in_sight.try_set_value(seen);
        browser::spawn(async move {
            // One page may not fill the scroller. A failed load changes nothing, and ends this.
            let mut from = None;
            while in_sight.try_get_value() == Some(true) && oldest.try_get_untracked() != from {
                from = oldest.try_get_untracked();
                fill_above(live, filling).await;
            }
        });
    });
    let label = move || {
        if live.is_loading_older().get() {
            td_string!(locale, timeline.loading_older)
        } else {
            td_string!(locale, timeline.older)
        }
    };
    let load = move |event: ev::MouseEvent| {
        event.prevent_default();
        browser::spawn(fill_above(live, filling));
    };
    view! {
        <a
            class="older"
            node_ref=link
            href=move || oldest.get().map(|seq| format!("{path}?before={seq}"))
            on:click=load
        >
            {label}
        </a>
    }
}

/// Loads the page before, and lets it be laid out before anything else may move the reader.
async fn fill_above(live: LiveHandle, filling: RwSignal<bool>) {
    filling.try_set(true);
    live.load_older().await;
    browser::sleep(Duration::from_millis(100)).await;
    filling.try_set(false);
}

/// The way back to the newest message, for a reader who is not there.
#[component]
fn ToTheEnd(scroller: NodeRef<html::Div>, at_end: RwSignal<bool>, path: String) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let has_newer = live.memo(|state| state.timeline.as_ref().is_some_and(|timeline| timeline.has_newer));
    let label = move || td_string!(locale, timeline.latest);
    move || {
        if has_newer.get() {
            let path = path.clone();
            return view! { <a class="to-end" href=path>{td_string!(locale, timeline.latest)} <Icon name="down" /></a> }
                .into_any();
        }
        let show = move || !at_end.get();
        view! {
            <Show when=show>
                <button
                    class="to-end round"
                    title=label
                    aria-label=label
                    on:click=move |_| browser::scroll_to_end(scroller)
                >
                    <Icon name="down" />
                </button>
            </Show>
        }
        .into_any()
    }
}
