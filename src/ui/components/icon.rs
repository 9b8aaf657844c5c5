//! Icons from the sprite that the shell puts into the document (`ui/icons.svg`).

use leptos::prelude::*;

/// An icon that says nothing by itself; the control around it has the name.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use_ href=format!("#i-{name}")></use_>
        </svg>
    }
}

/// Papo's own mark.
#[component]
pub fn Mark() -> impl IntoView {
    view! { <img class="mark-image" src="/favicon.svg" alt="" width="28" height="28" /> }
}
