//! The document's title, with what is unread.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::{state::live::Live, words::title};

#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let unread = use_context::<Live>().map(|live| live.memo(|state| state.unread()));
    let words = move || {
        let unread = unread.map_or(Some(0), |unread| unread.try_get())?;
        Some(title(unread, &text.try_get()?))
    };
    // The server asks for the title when the page, and with it the signals, may be gone.
    let first = untrack(words).unwrap_or_default();
    view! { <Title text=move || words().unwrap_or_else(|| first.clone()) /> }
}
