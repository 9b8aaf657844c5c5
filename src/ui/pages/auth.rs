//! The frame of the pages before signing in.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};
use serde::{Deserialize, Serialize};

use crate::{
    model::paths,
    ui::{
        components::{
            choices::{LanguageSwitch, ThemeSwitch},
            icon::Mark,
            page_title::PageTitle,
        },
        language::language,
        page_data::shared,
    },
    words::td_string,
};

/// Who may make an account, as the server knows it for the address of this page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// Anyone may.
    pub is_open: bool,
    /// Whoever has the link in the address may, and becomes the administrator.
    pub is_setup: bool,
}

impl Default for Admission {
    /// What a page that is drawn in the browser assumes; the server decides.
    fn default() -> Self {
        Self { is_open: true, is_setup: true }
    }
}

/// Who may make an account here.
pub fn admission() -> Admission {
    shared(|| use_context::<Admission>().unwrap_or_default())
}

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
    if redirect.is_empty() { path.to_owned() } else { paths::with_redirect(path, &Url::escape(redirect)) }
}
