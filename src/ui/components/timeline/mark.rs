//! The quiet mark at the end of each message of one's own: a clock, one tick, two ticks, two in colour.

use leptos::prelude::*;

use crate::{
    model::{
        Seq,
        marks::{Reach, Reached},
    },
    ui::{components::icon::Icon, language::language},
    words::{fill::fill, td_string},
};

/// What became of the stored message `seq`.
#[component]
pub fn StoredMark(seq: Seq, reached: Memo<Reached>) -> impl IntoView {
    let locale = language();
    let reach = Memo::new(move |_| reached.with(|reached| (reached.of(seq), reached.is_of_one())));
    let words = move || match reach.get() {
        (Reach::Stored, _) => td_string!(locale, timeline.sent).to_owned(),
        (Reach::Delivered, _) => td_string!(locale, timeline.delivered).to_owned(),
        (Reach::Read(_), true) => td_string!(locale, timeline.read).to_owned(),
        (Reach::Read(count), false) => fill(td_string!(locale, timeline.read_by), &[("count", &count)]),
    };
    let is_read = move || matches!(reach.get(), (Reach::Read(_), _));
    let icon = move || match reach.get() {
        (Reach::Stored, _) => view! { <Icon name="check" /> },
        _ => view! { <Icon name="checks" /> },
    };
    view! {
        <span class="message-mark" class:read=is_read role="img" aria-label=words title=words>
            {icon}
        </span>
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
