//! Messages on their way: shown at once, lighter until the server has them.

use leptos::prelude::*;

use super::{
    mark::WaitingMark,
    message_row::Clock,
    rows::{continues, is_soon},
};
use crate::{
    error::AppError,
    model::{
        Cid, LiveState, Timestamp,
        outbox::{Send, SendState, Target},
    },
    ui::{
        called::called,
        components::{avatar::Avatar, icon::Icon, list::list},
        language::language,
        state::live::{Topic, use_live},
    },
    words::{delay_text, error_text, td_string},
};

/// Everything on its way to one of `targets`, the latest last.
#[component]
pub fn PendingRows(targets: Vec<Target>) -> impl IntoView {
    let rows = use_live().memo([Topic::Outbox, Topic::Timeline], move |state| pending(state, &targets));
    list(
        move || rows.get(),
        |row| (row.send.cid, std::mem::discriminant(&row.send.state), row.continues),
        |row| view! { <PendingRow row /> }.into_any(),
    )
}

/// A message on its way. It stands as it will once it has arrived, so nothing moves then.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    send: Send,
    continues: bool,
}

fn pending(state: &LiveState, targets: &[Target]) -> Vec<Pending> {
    let last = state.timeline.as_ref().and_then(|timeline| timeline.window.messages().last());
    let mut before: Option<Timestamp> = None;
    let here = state.outbox.sends.iter().filter(|send| targets.contains(&send.target));
    let rows = here.cloned().map(|send| {
        let continues = match before {
            Some(before) => is_soon(before, send.at),
            None => last.is_some_and(|last| continues(last, state.me.user.id, send.at)),
        };
        before = Some(send.at);
        Pending { send, continues }
    });
    rows.collect()
}

#[component]
fn PendingRow(row: Pending) -> impl IntoView {
    let live = use_live();
    let me = live.with_untracked(|state| state.me.user.clone());
    let Pending { send: Send { cid, text, at, state, .. }, continues } = row;
    let side = if continues {
        view! { <Clock at class="message-side" /> }.into_any()
    } else {
        view! { <Avatar user=me.clone() /> }.into_any()
    };
    let head = (!continues).then(|| {
        view! {
            <div class="message-head">
                <span class="author" dir="auto">{called(&me)}</span>
                <Clock at class="" />
            </div>
        }
    });
    let failed = matches!(state, SendState::Failed(_));
    let note = match state {
        SendState::Failed(error) => Some(view! { <FailedSend cid error /> }.into_any()),
        SendState::Delayed(error) => Some(view! { <DelayedSend error /> }.into_any()),
        SendState::Queued | SendState::Acknowledged => None,
    };
    view! {
        <article class="message pending" class:failed=failed class:continues=continues>
            {side}
            <div class="message-body">
                {head}
                <div class="message-text" dir="auto">{text}</div>
                {note}
            </div>
            {(!failed).then(|| view! { <WaitingMark /> })}
        </article>
    }
}

/// Why it goes later; nothing needs to be done.
#[component]
fn DelayedSend(error: AppError) -> impl IntoView {
    view! {
        <p class="delayed-send" role="status">
            {delay_text(language(), &error)}
        </p>
    }
}

/// Why it was refused, and what the writer can do.
#[component]
fn FailedSend(cid: Cid, error: AppError) -> impl IntoView {
    let locale = language();
    let live = use_live();
    view! {
        <p class="failed-send" role="alert">
            <Icon name="alert" />
            <span>{td_string!(locale, timeline.failed)} " " {move || error_text(locale, &error)}</span>
            <button class="text-button" on:click=move |_| live.retry(cid)>{td_string!(locale, timeline.retry)}</button>
            <button class="text-button" on:click=move |_| live.discard(cid)>{td_string!(locale, timeline.remove)}</button>
        </p>
    }
}
