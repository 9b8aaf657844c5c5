//! The side list: search, invitations, my rooms and conversations, and who I am. On a phone it is the page at `/`.

pub mod finder;
pub mod footer;
pub mod invitations;
pub mod more_rooms;
pub mod room_row;

use leptos::{html, prelude::*};

use super::{
    icon::{Icon, Mark},
    list::list,
};
use crate::{
    model::paths,
    ui::{
        language::language,
        state::live::{Topic, use_live},
    },
    words::td_string,
};
pub use finder::{PeopleFinder, PersonLink};
use footer::Footer;
use invitations::Invitations;
use more_rooms::{MoreRooms, NewestRooms};
use room_row::RoomRow;

#[component]
pub fn Sidebar() -> impl IntoView {
    let locale = language();
    view! {
        <div class="sidebar">
            <header class="sidebar-head">
                <a class="brand" href=paths::HOME><Mark /> <span>{td_string!(locale, app)}</span></a>
                <a class="icon-button" href=paths::ROOMS title=td_string!(locale, room.browse) aria-label=td_string!(locale, room.browse)>
                    <Icon name="compass" />
                </a>
                <a class="icon-button" href=paths::NEW_ROOM title=td_string!(locale, room.new) aria-label=td_string!(locale, room.new)>
                    <Icon name="plus" />
                </a>
            </header>
            <PeopleFinder id="find-people" />
            <Invitations />
            <RoomList />
            <Footer />
        </div>
    }
}

/// My rooms and conversations, the latest line first.
#[component]
fn RoomList() -> impl IntoView {
    let locale = language();
    let ids = use_live().memo([Topic::Rooms], |state| {
        let listed = state.rooms.iter().filter(|room| room.is_listed());
        listed.map(|room| room.id).collect::<Vec<_>>()
    });
    let rows = NodeRef::<html::Ul>::new();
    let empty = move || {
        let words = view! {
            <p class="list-empty">
                {td_string!(locale, room.list_empty)} " " <a href=paths::ROOMS>{td_string!(locale, room.browse)}</a>
            </p>
        };
        ids.read().is_empty().then_some(words)
    };
    view! {
        <nav class="rooms" aria-label=td_string!(locale, room.rooms)>
            <NewestRooms />
            <ul node_ref=rows>
                {list(move || ids.get(), |id| *id, |id| view! { <RoomRow id /> }.into_any())}
            </ul>
            {empty}
            <MoreRooms list=rows rows=Signal::derive(move || ids.read().len()) />
        </nav>
    }
}
