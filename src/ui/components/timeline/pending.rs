//! Messages on their way: shown at once, lighter until the server has them.

use leptos::prelude::*;

use super::message_row::Clock;
use crate::{
    error::AppError,
    model::{
        Cid,
        outbox::{Send, SendState, Target},
    },
    ui::{
        components::{avatar::Avatar, icon::Icon},
        i18n::{t, t_string},
        state::live::use_live,
        words::{error_text, language},
    },
};

/// Everything on its way to one of `targets`, the latest last.
#[component]
pub fn PendingRows(targets: Vec<Target>) -> impl IntoView {
    let sends = use_live().memo(move |state| {
        let here = state.outbox.sends.iter().filter(|send| targets.contains(&send.target));
        here.cloned().collect::<Vec<_>>()
    });
    view! {
        <For
            each=move || sends.get()
            key=|send| (send.cid, std::mem::discriminant(&send.state))
            children=|send| view! { <PendingRow send /> }
        />
    }
}

#[component]
fn PendingRow(send: Send) -> impl IntoView {
    let live = use_live();
    let me = live.with_untracked(|state| state.me.user.clone());
    let Send { cid, text, at, state, .. } = send;
    let (failed, error) = match state {
        SendState::Failed(error) => (true, Some(error)),
        _ => (false, None),
    };
    view! {
        <article class="message pending" class:failed=failed>
            <Avatar user=me.clone() />
            <div class="message-body">
                <div class="message-head">
                    <span class="author" dir="auto">{me.name}</span>
                    <Clock at class="" />
                </div>
                <div class="message-text" dir="auto">{text}</div>
                {error.map(|error| view! { <FailedSend cid error /> })}
            </div>
            {(!failed).then(|| view! { <WaitingMark /> })}
        </article>
    }
}

/// Why it was refused, and what the writer can do.
#[component]
fn FailedSend(cid: Cid, error: AppError) -> impl IntoView {
    let i18n = language();
    let live = use_live();
    view! {
        <p class="failed-send" role="alert">
            <Icon name="alert" />
            <span>{t!(i18n, timeline.failed)} " " {move || error_text(i18n, &error)}</span>
            <button class="text-button" on:click=move |_| live.retry(cid)>{t!(i18n, timeline.retry)}</button>
            <button class="text-button" on:click=move |_| live.discard(cid)>{t!(i18n, timeline.remove)}</button>
        </p>
    }
}

#[component]
fn WaitingMark() -> impl IntoView {
    let i18n = language();
    view! {
        <span class="message-mark" role="img" aria-label=move || t_string!(i18n, timeline.sending)>
            <Icon name="clock" />
        </span>
    }
}
