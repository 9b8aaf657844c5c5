//! The way to the next page of a list: a link to it, which with JavaScript puts it below what is shown.

use std::{pin::Pin, time::Duration};

use leptos::{ev::MouseEvent, html, prelude::*};

use crate::{
    browser,
    error::AppError,
    ui::language::language,
    words::{error_text, td_string},
};

/// Fetches a page and adds it to what is shown.
pub type Load = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), AppError>>>> + Send + Sync>;

/// A link to the next page. After it was added, the keyboard goes on at its first row.
#[component]
pub fn ShowMore(
    /// The address of the next page; none at the end.
    next: Signal<Option<String>>,
    /// What is said beside the link.
    #[prop(optional)]
    words: Option<Signal<String>>,
    list: NodeRef<html::Ul>,
    /// How many rows the list has.
    rows: Signal<usize>,
    load: Load,
) -> impl IntoView {
    let locale = language();
    let (loading, error) = (RwSignal::new(false), RwSignal::new(None::<AppError>));
    let load = StoredValue::new(load);
    let press = move |event: MouseEvent| {
        event.prevent_default();
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        let (page, shown) = (load.with_value(|load| load()), rows.get_untracked());
        browser::spawn(async move {
            let answer = page.await;
            // Not there any more is who left the page meanwhile.
            if loading.try_set(false).is_some() {
                return;
            }
            if answer.is_ok() {
                // The rows are drawn first.
                browser::sleep(Duration::ZERO).await;
                browser::focus_row(list, shown);
            }
            error.try_set(answer.err());
        });
    };
    let label =
        move || if loading.get() { td_string!(locale, list.loading) } else { td_string!(locale, list.more) };
    view! {
        <Show when=move || next.read().is_some()>
            <div class="show-more">
                <a
                    class="button"
                    href=move || next.get()
                    aria-busy=move || loading.get().to_string()
                    on:click=press
                >
                    {label}
                </a>
                <p>{move || words.map(|words| words.get())}</p>
                <p role="alert">{move || error.get().map(|error| error_text(locale, &error))}</p>
            </div>
        </Show>
    }
}
