//! One labelled field of a form, with its hint and the reason why its value was refused.

use leptos::prelude::*;

use crate::{error::Reason, ui::language::language, words::reason_text};

/// What a field asks for besides its name and label.
#[derive(Clone, Copy, Debug)]
pub struct FieldKind {
    /// The `type` of the `<input>`.
    pub input: &'static str,
    /// What the browser may fill in.
    pub autocomplete: &'static str,
    pub required: bool,
}

impl FieldKind {
    pub const fn required(input: &'static str, autocomplete: &'static str) -> Self {
        Self { input, autocomplete, required: true }
    }

    pub const fn optional(input: &'static str, autocomplete: &'static str) -> Self {
        Self { input, autocomplete, required: false }
    }
}

/// A field that the server checks; the browser's own checks are off, so that every reader gets the same words.
#[component]
pub fn Field(
    name: &'static str,
    label: &'static str,
    kind: FieldKind,
    #[prop(into)] reason: Signal<Option<Reason>>,
    /// What was typed before; never given for passwords.
    #[prop(optional)]
    value: String,
    #[prop(optional, into)] hint: MaybeProp<&'static str>,
) -> impl IntoView {
    let locale = language();
    let input_id = format!("field-{name}");
    let hint_id = format!("hint-{name}");
    let error_id = format!("error-{name}");
    let describers = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || match (reason.get(), hint.get()) {
            (Some(_), _) => Some(error_id.clone()),
            (None, Some(_)) => Some(hint_id.clone()),
            (None, None) => None,
        }
    };
    let note = move || match reason.get() {
        Some(reason) => {
            let text = reason_text(locale, name, reason);
            view! { <p class="field-error" id=error_id.clone()>{text}</p> }.into_any()
        }
        None => {
            let id = hint_id.clone();
            hint.get().map(|hint| view! { <p class="field-hint" id=id>{hint}</p> }).into_any()
        }
    };
    view! {
        <div class="field">
            <label for=input_id.clone()>{label}</label>
            <input
                id=input_id
                name=name
                type=kind.input
                autocomplete=kind.autocomplete
                autocapitalize="none"
                value=value
                aria-required=kind.required.then_some("true")
                aria-invalid=move || reason.get().map(|_| "true")
                aria-describedby=describers
            />
            {note}
        </div>
    }
}
