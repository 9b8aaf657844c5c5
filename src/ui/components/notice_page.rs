//! Whole-page states: nothing here, failed to load, and the way to the sign-in page.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_location, location::Url};

use super::page_title::PageTitle;
use crate::{
    error::AppError,
    model::paths,
    ui::{language::language, shell::set_page_status},
    words::{error_text, td_string},
};

/// The state for a failed load: each error has its own.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    match error {
        AppError::Unauthenticated => view! { <ToSignIn /> }.into_any(),
        AppError::NotFound | AppError::Forbidden => view! { <NothingHere /> }.into_any(),
        error => view! { <DidNotLoad error /> }.into_any(),
    }
}

/// There is no such page, or the reader may not know that there is.
#[component]
pub fn NothingHere() -> impl IntoView {
    let locale = language();
    set_page_status(404);
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, page.not_found).to_owned()) />
        <div class="notice-page">
            <h1>{td_string!(locale, page.not_found)}</h1>
            <p>{td_string!(locale, page.not_found_lead)}</p>
            <p><a class="button" href=paths::HOME>{td_string!(locale, page.home)}</a></p>
        </div>
    }
}

/// The server or the way to it failed; the same address may work later.
#[component]
fn DidNotLoad(error: AppError) -> impl IntoView {
    let locale = language();
    set_page_status(error.status());
    let here = here();
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, page.failed).to_owned()) />
        <div class="notice-page">
            <h1>{td_string!(locale, page.failed)}</h1>
            <p>{move || error_text(locale, &error)}</p>
            <p><a class="button" href=here rel="external">{td_string!(locale, page.again)}</a></p>
        </div>
    }
}

/// Goes to the sign-in page, and from there back here.
#[component]
fn ToSignIn() -> impl IntoView {
    let here = here();
    let path = if here == paths::HOME {
        paths::SIGN_IN.to_owned()
    } else {
        paths::with_redirect(paths::SIGN_IN, &Url::escape(&here))
    };
    view! { <Redirect path /> }
}

/// The address of this page, with its query.
fn here() -> String {
    let location = use_location();
    let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
    if query.is_empty() { path } else { format!("{path}?{}", query.trim_start_matches('?')) }
}
