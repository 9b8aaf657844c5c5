//! What people see. Runs on the server for the first HTML and in the browser from then on.

pub mod shell;
pub mod state;

use leptos::prelude::*;

leptos_i18n::load_locales!();

#[component]
pub fn App() -> impl IntoView {
    view! { <p>"Papo"</p> }
}
