//! The form of a server function.

use leptos::prelude::*;

use crate::ui::state::form::FormState;

/// A form that the browser sends as it stands, or the script in its stead.
#[component]
pub fn PostForm(form: FormState, class: &'static str, children: Children) -> impl IntoView {
    view! {
        <form
            class=class
            action=form.path()
            method="post"
            novalidate
            on:submit=move |event| form.submit(&event)
        >
            {children()}
        </form>
    }
}
