//! The document's title, with what is unread.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::{state::live::Live, words::title};

#[component]
pub fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let unread = use_context::<Live>().map(|live| live.memo(|state| state.unread()));
    view! { <Title text=move || title(unread.map_or(0, |unread| unread.get()), &text.read()) /> }
}
