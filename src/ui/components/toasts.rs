//! The notes of what was done, at the foot of the page.

use leptos::prelude::*;

use super::icon::Icon;
use crate::ui::{
    i18n::td_string,
    language::language,
    state::toasts::{Toast, use_toasts},
};

#[component]
pub fn ToastList() -> impl IntoView {
    let locale = language();
    let toasts = use_toasts();
    let row = move |Toast { id, text }: Toast| {
        view! {
            <div class="toast">
                <span>{text}</span>
                <button
                    class="icon-button"
                    aria-label=td_string!(locale, page.dismiss)
                    on:click=move |_| toasts.dismiss(id)
                >
                    <Icon name="close" />
                </button>
            </div>
        }
    };
    view! {
        <div
            class="toasts"
            role="status"
            on:pointerenter=move |_| toasts.hold(true)
            on:pointerleave=move |_| toasts.hold(false)
            on:focusin=move |_| toasts.hold(true)
            on:focusout=move |_| toasts.hold(false)
        >
            <For each=move || toasts.list().get() key=|toast| toast.id children=row />
        </div>
    }
}
