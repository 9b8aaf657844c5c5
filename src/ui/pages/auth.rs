//! The frame of the pages before signing in.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::ui::{
    components::{
        choices::{LanguageSwitch, ThemeSwitch},
        icon::Mark,
        page_title::PageTitle,
    },
    i18n::td_string,
    language::language,
};

/// The card in the middle, with `title` above and the switches below.
#[component]
pub fn AuthFrame(title: &'static str, children: Children) -> impl IntoView {
    let locale = language();
    view! {
        <PageTitle text=title />
        <main id="main" class="auth" tabindex="-1">
            <div class="auth-card">
                <p class="brand"><Mark /> <span>{td_string!(locale, app)}</span></p>
                <h1>{title}</h1>
                <p class="auth-lead">{td_string!(locale, tagline)}</p>
                {children()}
            </div>
            <div class="auth-switches"><ThemeSwitch /> <LanguageSwitch /></div>
        </main>
    }
}

/// A value of the page's query, or nothing.
pub fn query_value(name: &str) -> String {
    use_query_map().read_untracked().get(name).unwrap_or_default()
}

/// `path`, with the place to go to afterwards.
pub fn with_redirect(path: &str, redirect: &str) -> String {
    if redirect.is_empty() { path.to_owned() } else { format!("{path}?redirect={}", Url::escape(redirect)) }
}
