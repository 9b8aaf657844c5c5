//! Who I am, and the switches that stand on every page.

use leptos::prelude::*;

use crate::{
    api::accounts::SignOut,
    ui::{
        components::{
            avatar::Avatar,
            choices::{LanguageSwitch, ThemeSwitch},
            icon::Icon,
        },
        i18n::t_string,
        state::live::use_live,
        words::language,
    },
};

#[component]
pub fn Footer() -> impl IntoView {
    let i18n = language();
    let me = use_live().with_untracked(|state| state.me.user.clone());
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <footer class="sidebar-foot">
            <a class="me" href="/settings" title=move || t_string!(i18n, settings.title)>
                <Avatar user=me.clone() />
                <span class="me-name" dir="auto">{me.name}</span>
                <span class="visually-hidden">{move || t_string!(i18n, settings.title)}</span>
            </a>
            <ThemeSwitch />
            <LanguageSwitch />
            <ActionForm action=sign_out attr:class="plain-form">
                <button
                    class="icon-button"
                    title=move || t_string!(i18n, auth.sign_out)
                    aria-label=move || t_string!(i18n, auth.sign_out)
                >
                    <Icon name="leave" />
                </button>
            </ActionForm>
        </footer>
    }
}
