//! The side list: search, my rooms and conversations, and who I am. On a phone it is the page at `/`.

pub mod finder;
pub mod footer;
pub mod room_row;

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use crate::ui::{
    i18n::{t, t_string},
    state::live::use_live,
    words::language,
};
pub use finder::{PeopleFinder, PersonLink};
use footer::Footer;
use room_row::RoomRow;

#[component]
pub fn Sidebar() -> impl IntoView {
    let i18n = language();
    view! {
        <div class="sidebar">
            <header class="sidebar-head">
                <a class="brand" href="/"><Mark /> <span>{t!(i18n, app)}</span></a>
                <a class="icon-button" href="/rooms" title=move || t_string!(i18n, room.browse) aria-label=move || t_string!(i18n, room.browse)>
                    <Icon name="compass" />
                </a>
                <a class="icon-button" href="/rooms/new" title=move || t_string!(i18n, room.new) aria-label=move || t_string!(i18n, room.new)>
                    <Icon name="plus" />
                </a>
            </header>
            <PeopleFinder id="find-people" />
            <RoomList />
            <Footer />
        </div>
    }
}

/// My rooms and conversations, the latest line first.
#[component]
fn RoomList() -> impl IntoView {
    let i18n = language();
    let ids = use_live().memo(|state| {
        let listed = state.rooms.iter().filter(|room| room.is_listed());
        listed.map(|room| room.id).collect::<Vec<_>>()
    });
    let empty = move || {
        let words = view! {
            <p class="list-empty">
                {t!(i18n, room.list_empty)} " " <a href="/rooms">{t!(i18n, room.browse)}</a>
            </p>
        };
        ids.read().is_empty().then_some(words)
    };
    view! {
        <nav class="rooms" aria-label=move || t_string!(i18n, room.rooms)>
            <ul>
                <For each=move || ids.get() key=|id| *id children=|id| view! { <RoomRow id /> } />
            </ul>
            {empty}
        </nav>
    }
}
