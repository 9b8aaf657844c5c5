//! Who I am, and the switches that stand on every page.

use leptos::prelude::*;

use crate::{
    api::accounts::SignOut,
    model::paths,
    ui::{
        called::called,
        components::{
            avatar::Avatar,
            choices::{LanguageSwitch, ThemeSwitch},
            icon::Icon,
            post_form::PostForm,
        },
        language::language,
        state::{form::FormState, live::use_live},
    },
    words::td_string,
};

#[component]
pub fn Footer() -> impl IntoView {
    let locale = language();
    let me = use_live().with_untracked(|state| state.me.user.clone());
    let sign_out = FormState::of::<SignOut>();
    view! {
        <footer class="sidebar-foot">
            <a class="me" href=paths::SETTINGS title=td_string!(locale, settings.title)>
                <Avatar user=me.clone() />
                <span class="me-name" dir="auto">{called(&me)}</span>
                <span class="visually-hidden">{td_string!(locale, settings.title)}</span>
            </a>
            <ThemeSwitch />
            <LanguageSwitch />
            <PostForm form=sign_out class="plain-form">
                <button
                    class="icon-button"
                    title=td_string!(locale, auth.sign_out)
                    aria-label=td_string!(locale, auth.sign_out)
                >
                    <Icon name="leave" />
                </button>
            </PostForm>
        </footer>
    }
}
