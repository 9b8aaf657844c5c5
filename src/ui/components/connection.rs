//! The line above the composer when the live connection is away. The style keeps it from showing
//! without JavaScript, and for a connection that comes at once.

use leptos::prelude::*;

use crate::{
    model::live::ConnectionState,
    ui::{
        language::language,
        state::live::{Topic, use_live},
    },
    words::td_string,
};

#[component]
pub fn ConnectionLine() -> impl IntoView {
    let locale = language();
    let connection = use_live().memo([Topic::Connection], |state| *state.connection);
    let line = move || match connection.get() {
        ConnectionState::Live => ().into_any(),
        ConnectionState::Connecting => {
            view! { <p class="connection connecting">{td_string!(locale, composer.connecting)}</p> }
                .into_any()
        }
        ConnectionState::Offline => {
            view! { <p class="connection">{td_string!(locale, composer.offline)}</p> }.into_any()
        }
        ConnectionState::Outdated => {
            view! { <p class="connection">{td_string!(locale, composer.outdated)}</p> }.into_any()
        }
    };
    view! { <div role="status">{line}</div> }
}
