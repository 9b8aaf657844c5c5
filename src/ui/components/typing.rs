//! Who is typing in the open room; its line keeps its height, so nothing jumps.

use leptos::prelude::*;

use crate::{
    model::RoomId,
    ui::{
        called::caller,
        language::language,
        state::live::{Topic, use_live},
    },
    words::{Locale, fill::fill, isolated, td_string},
};

#[component]
pub fn TypingLine(room: RoomId) -> impl IntoView {
    let locale = language();
    let people = use_live().memo([Topic::Typing, Topic::People], move |state| {
        let typing = state.typing.get(&room).into_iter().flatten();
        typing.map(|user| state.person(*user)).collect::<Vec<_>>()
    });
    let call = caller();
    let names = Memo::new(move |_| people.read().iter().map(call).collect::<Vec<_>>());
    view! {
        <p class="typing" class:active=move || !names.read().is_empty()>
            <span dir="auto">{move || words(locale, &names.read())}</span>
        </p>
    }
}

fn words(locale: Locale, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [a] => fill(td_string!(locale, composer.typing_a), &[("a", &isolated(a))]),
        [a, b] => fill(td_string!(locale, composer.typing_a_b), &[("a", &isolated(a)), ("b", &isolated(b))]),
        _ => td_string!(locale, composer.typing_more).to_owned(),
    }
}
