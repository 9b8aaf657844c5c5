//! Who is typing in the open room; its line keeps its height, so nothing jumps.

use leptos::prelude::*;

use crate::{
    model::RoomId,
    ui::{
        fill::fill,
        i18n::{Locale, td_string},
        language::language,
        state::live::use_live,
    },
};

#[component]
pub fn TypingLine(room: RoomId) -> impl IntoView {
    let locale = language();
    let names = use_live().memo(move |state| {
        let typing = state.typing.get(&room).into_iter().flatten();
        typing.map(|user| user.name.clone()).collect::<Vec<_>>()
    });
    view! {
        <p class="typing" class:active=move || !names.read().is_empty()>
            <span dir="auto">{move || words(locale, &names.read())}</span>
        </p>
    }
}

fn words(locale: Locale, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [a] => fill(td_string!(locale, composer.typing_a), &[("a", &a)]),
        [a, b] => fill(td_string!(locale, composer.typing_a_b), &[("a", &a), ("b", &b)]),
        _ => td_string!(locale, composer.typing_more).to_owned(),
    }
}
