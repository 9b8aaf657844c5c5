//! A token that was just made, shown this once.

use leptos::prelude::*;

use crate::{browser, model::token::NewToken, ui::language::language, words::td_string};

#[component]
pub fn Issued(#[prop(into)] issued: Signal<Option<NewToken>>) -> impl IntoView {
    let locale = language();
    move || {
        let token = issued.get()?.token.reveal().to_owned();
        Some(view! {
            <div class="issued" role="status">
                <p>{td_string!(locale, tokens.once)}</p>
                <div class="issued-line">
                    <input readonly value=token.clone() aria-label=td_string!(locale, tokens.token) />
                    <CopyButton text=token />
                </div>
            </div>
        })
    }
}

/// Only where there is script, and a clipboard that it may use.
#[component]
fn CopyButton(text: String) -> impl IntoView {
    let locale = language();
    let (can_copy, copied) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| can_copy.set(browser::can_copy()));
    let label = move || match copied.get() {
        true => td_string!(locale, tokens.copied),
        false => td_string!(locale, tokens.copy),
    };
    let copy = move |_| {
        let text = text.clone();
        browser::spawn(async move {
            if browser::copy(&text).await {
                copied.set(true);
            }
        });
    };
    view! { <button type="button" class="button" hidden=move || !can_copy.get() on:click=copy>{label}</button> }
}
