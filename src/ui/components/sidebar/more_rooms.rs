//! From the newest of my rooms to the others.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    model::paths,
    ui::{
        components::show_more::{Load, ShowMore},
        language::language,
        state::live::{Topic, use_live},
    },
    words::{fill::fill, td_string},
};

/// The name of the place in the list of rooms in a page's address.
pub const ROOMS_PLACE: &str = "rooms";

/// How many rooms are not shown, and the way to them.
#[component]
pub fn MoreRooms(list: NodeRef<html::Ul>, rows: Signal<usize>) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let rest = live.memo([Topic::Rest], |state| *state.rest);
    let next = move || rest.get().after.map(|after| format!("/?{ROOMS_PLACE}={after}"));
    let words = move || {
        let (rooms, unread) = (rest.get().rooms, rest.get().unread);
        let line = match unread {
            0 => td_string!(locale, room.not_shown),
            _ => td_string!(locale, room.not_shown_unread),
        };
        fill(line, &[("count", &rooms), ("unread", &unread)])
    };
    let load: Load = Box::new(move || Box::pin(live.load_rooms()));
    view! { <ShowMore next=Signal::derive(next) words=Signal::derive(words) list rows load /> }
}

/// The way back from a page of older rooms, for a reader without JavaScript.
#[component]
pub fn NewestRooms() -> impl IntoView {
    let locale = language();
    let query = use_query_map();
    let link = move || {
        query.read().get(ROOMS_PLACE)?;
        Some(view! { <p class="show-more"><a href=paths::HOME>{td_string!(locale, room.newest)}</a></p> })
    };
    view! { {link} }
}
