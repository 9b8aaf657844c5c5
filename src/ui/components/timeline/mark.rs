//! The quiet mark at the end of messages of one's own: a clock, one tick, two ticks, two in colour.

use leptos::prelude::*;

use crate::{
    model::{Seq, marks::Reach},
    ui::{
        called::caller,
        components::icon::Icon,
        language::language,
        state::{live::use_live, toasts::use_toasts},
    },
    words::{fill::fill, td_string},
};

/// How many readers are named.
const NAMED: usize = 20;

/// What became of the stored message `seq`; who has read it is told by a hint, and by a tap.
#[component]
pub fn StoredMark(seq: Seq, reach: Reach) -> impl IntoView {
    let (locale, toasts) = (language(), use_toasts());
    let (live, call) = (use_live(), caller());
    let words = move || match reach {
        Reach::Stored => td_string!(locale, timeline.sent).to_owned(),
        Reach::Delivered => td_string!(locale, timeline.delivered).to_owned(),
        Reach::Read(count) if count > NAMED => {
            fill(td_string!(locale, timeline.read_by), &[("count", &count)])
        }
        Reach::Read(_) => {
            let readers = live.with_untracked(|state| state.readers(seq));
            let names = readers.iter().map(call).collect::<Vec<_>>().join(", ");
            fill(td_string!(locale, timeline.read_by_names), &[("names", &names)])
        }
    };
    let icon = match reach {
        Reach::Stored => view! { <Icon name="check" /> },
        Reach::Delivered | Reach::Read(_) => view! { <Icon name="checks" /> },
    };
    view! {
        <button
            type="button"
            class="message-mark"
            class:read=matches!(reach, Reach::Read(_))
            aria-label=words
            title=words
            on:click=move |_| toasts.show(words())
        >
            {icon}
        </button>
    }
}

/// It waits to be sent.
#[component]
pub fn WaitingMark() -> impl IntoView {
    let words = td_string!(language(), timeline.sending);
    view! {
        <span class="message-mark" role="img" aria-label=words title=words>
            <Icon name="clock" />
        </span>
    }
}
