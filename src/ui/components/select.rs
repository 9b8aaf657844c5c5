//! One labelled choice out of a few.

use leptos::prelude::*;

/// A drop-down list; each choice is its value and its words.
#[component]
pub fn Select(
    name: &'static str,
    label: &'static str,
    choices: Vec<(String, String)>,
    /// The value chosen before.
    chosen: String,
) -> impl IntoView {
    let id = format!("field-{name}");
    let choice = move |(value, words): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name>{choices.into_iter().map(choice).collect_view()}</select>
        </div>
    }
}
