//! Who is typing in the open room; its line keeps its height, so nothing jumps.

use leptos::prelude::*;

use crate::{
    model::RoomId,
    ui::{fill::fill, i18n::t_string, language::I18n, state::live::use_live, words::language},
};

#[component]
pub fn TypingLine(room: RoomId) -> impl IntoView {
    let i18n = language();
    let names = use_live().memo(move |state| {
        let typing = state.typing.get(&room).into_iter().flatten();
        typing.map(|user| user.name.clone()).collect::<Vec<_>>()
    });
    view! {
        <p class="typing" class:active=move || !names.read().is_empty()>
            <span dir="auto">{move || words(i18n, &names.read())}</span>
        </p>
    }
}

fn words(i18n: I18n, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [a] => fill(t_string!(i18n, composer.typing_a), &[("a", &a)]),
        [a, b] => fill(t_string!(i18n, composer.typing_a_b), &[("a", &a), ("b", &b)]),
        _ => t_string!(i18n, composer.typing_more).to_owned(),
    }
}
