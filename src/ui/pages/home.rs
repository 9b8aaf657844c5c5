//! `/`: no conversation is chosen yet. On a phone the side list stands here.

use leptos::prelude::*;

use crate::ui::{components::page_title::PageTitle, i18n::t, words::language};

#[component]
pub fn HomePage() -> impl IntoView {
    let i18n = language();
    view! {
        <PageTitle text=String::new() />
        <div class="notice-page">
            <h1>{t!(i18n, home.title)}</h1>
            <p>{t!(i18n, home.lead)}</p>
            <p><a class="button" href="/rooms">{t!(i18n, room.browse)}</a></p>
        </div>
    }
}
