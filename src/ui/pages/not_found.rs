//! Any address where nothing is.

use leptos::prelude::*;

use crate::ui::components::notice_page::NothingHere;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main id="main" class="pane alone" tabindex="-1">
            <NothingHere />
        </main>
    }
}
