//! `/`: no conversation is chosen yet. On a phone the side list stands here.

use leptos::prelude::*;

use crate::{
    model::paths,
    ui::{components::page_title::PageTitle, language::language},
    words::td_string,
};

#[component]
pub fn HomePage() -> impl IntoView {
    let locale = language();
    view! {
        <PageTitle text=String::new() />
        <div class="notice-page">
            <h1>{td_string!(locale, home.title)}</h1>
            <p>{td_string!(locale, home.lead)}</p>
            <p><a class="button" href=paths::ROOMS>{td_string!(locale, room.browse)}</a></p>
        </div>
    }
}
