//! The notes of what was done, at the foot of the page.

use leptos::prelude::*;

use super::{icon::Icon, list::list};
use crate::{
    ui::{
        language::language,
        state::{
            form::FormState,
            toasts::{Toast, use_toasts},
        },
    },
    words::{error_text, td_string},
};

/// Tells in a note why the form was refused, for forms that have no place of their own for it.
pub fn toast_failures(form: FormState) {
    let locale = language();
    let (toasts, error) = (use_toasts(), form.error());
    Effect::new(move |_| {
        if let Some(error) = error.get() {
            toasts.show(error_text(locale, &error));
        }
    });
}

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
        .into_any()
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
            {list(move || toasts.list().get(), |toast| toast.id, row)}
        </div>
    }
}
