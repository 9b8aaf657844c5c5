//! One message of a person.

use leptos::prelude::*;

use super::{mark::StoredMark, rows::Look};
use crate::{
    model::{Timestamp, UserId, UserRef, paths},
    ui::{
        called::called,
        components::avatar::Avatar,
        language::language,
        state::{live::use_live, zone::use_zone},
    },
    words::dates::full_moment,
};

/// A message; its HTML was made safe by the server. What of it changes is drawn again, the row stays.
#[component]
pub fn MessageRow(look: ArcRwSignal<Look>, continues: bool, me: UserId) -> impl IntoView {
    let message = look.with_untracked(|look| look.message.clone());
    let (seq, at, mine) = (message.seq, message.at, message.from == me);
    let from = use_live().with_untracked(|state| state.person(message.from));
    let head = if continues {
        view! { <span class="visually-hidden" dir="auto">{called(&from)} ": "</span> }.into_any()
    } else {
        view! { <MessageHead from=from.clone() at mine /> }.into_any()
    };
    let html = {
        let look = look.clone();
        move || look.with(|look| look.message.html.clone())
    };
    let mark = move || look.with(|look| look.reach).map(|reach| view! { <StoredMark seq reach /> });
    view! {
        <article class="message" class:continues=continues id=format!("m{seq}") data-seq=seq.0>
            {if continues {
                view! { <Clock at class="message-side" /> }.into_any()
            } else {
                view! { <Avatar user=from /> }.into_any()
            }} <div class="message-body">
                {head} <div class="message-text" dir="auto" inner_html=html></div>
            </div> {mine.then_some(mark)}
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
