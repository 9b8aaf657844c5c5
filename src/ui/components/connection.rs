//! The line above the composer when the live connection is away. The style keeps it from showing
//! without JavaScript, and for a connection that comes at once.

use leptos::prelude::*;

use crate::{
    model::live::Connection,
    ui::{i18n::t, state::live::use_live, words::language},
};

#[component]
pub fn ConnectionLine() -> impl IntoView {
    let i18n = language();
    let connection = use_live().memo(|state| state.connection);
    let line = move || match connection.get() {
        Connection::Live => ().into_any(),
        Connection::Connecting => {
            view! { <p class="connection connecting">{t!(i18n, composer.connecting)}</p> }.into_any()
        }
        Connection::Offline => view! { <p class="connection">{t!(i18n, composer.offline)}</p> }.into_any(),
    };
    view! { <div class="connection-frame" role="status">{line}</div> }
}
