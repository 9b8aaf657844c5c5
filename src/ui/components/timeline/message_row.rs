//! One message of a person.

use std::sync::Arc;

use leptos::prelude::*;

use super::mark::StoredMark;
use crate::{
    model::{Message, Timestamp, UserRef, marks::Reached, paths},
    ui::{
        called::called,
        components::avatar::Avatar,
        language::language,
        state::{live::use_live, zone::use_zone},
    },
    words::dates::full_moment,
};

/// A message; its HTML was made safe by the server. `reached` is given for one of the reader's own.
#[component]
pub fn MessageRow(message: Arc<Message>, continues: bool, reached: Option<Memo<Reached>>) -> impl IntoView {
    let html = message.html.clone();
    let seq = message.seq;
    let mine = reached.is_some();
    let from = use_live().with_untracked(|state| state.person(message.from));
    let head = if continues {
        view! { <span class="visually-hidden" dir="auto">{called(&from)} ": "</span> }.into_any()
    } else {
        view! { <MessageHead from=from.clone() at=message.at mine /> }.into_any()
    };
    view! {
        <article class="message" class:continues=continues id=format!("m{}", message.seq)>
            {if continues {
                view! { <Clock at=message.at class="message-side" /> }.into_any()
            } else {
                view! { <Avatar user=from /> }.into_any()
            }} <div class="message-body">
                {head} <div class="message-text" dir="auto" inner_html=html></div>
            </div> {reached.map(|reached| view! { <StoredMark seq reached /> })}
        </article>
    }
}

#[component]
fn MessageHead(from: UserRef, at: Timestamp, mine: bool) -> impl IntoView {
    let name = called(&from);
    let author = if mine {
        view! { <span class="author" dir="auto">{name}</span> }.into_any()
    } else {
        view! { <a class="author" dir="auto" href=paths::direct(&from.username)>{name}</a> }.into_any()
    };
    view! { <div class="message-head">{author} <Clock at class="" /></div> }
}

/// The time of day, with the whole moment as its hint.
#[component]
pub fn Clock(at: Timestamp, class: &'static str) -> impl IntoView {
    let locale = language();
    let zone = use_zone();
    view! {
        <time class=class datetime=at.to_rfc3339() title=move || full_moment(locale, &zone.local(at))>
            {move || zone.local(at).clock()}
        </time>
    }
}
