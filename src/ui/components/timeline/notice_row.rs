//! System lines, and what separates messages.

use std::sync::Arc;

use leptos::prelude::*;

use super::rows::{LocalDay, Row};
use crate::{
    model::Message,
    ui::{
        called::called,
        language::language,
        state::{live::use_live, zone::use_zone},
    },
    words::{Locale, dates::day_label, fill::fill, notice_text, td_string},
};

/// A hairline with the date in its middle.
#[component]
pub fn DayRow(day: LocalDay) -> impl IntoView {
    let locale = language();
    let zone = use_zone();
    let label = move || day_label(locale, &zone.local(day.at), zone.today());
    view! { <h2 class="day"><span>{label}</span></h2> }
}

/// The line above what is new.
#[component]
pub fn NewRow() -> impl IntoView {
    let locale = language();
    view! { <div class="new-line"><span>{td_string!(locale, timeline.new)}</span></div> }
}

/// Who came and went; many lines are folded.
#[component]
pub fn NoticeRow(lines: Vec<Arc<Message>>) -> impl IntoView {
    let locale = language();
    if !Row::is_folded(&lines) {
        return lines.into_iter().map(|line| view! { <NoticeLine line /> }).collect_view().into_any();
    }
    let count = lines.len();
    let last = lines.last().map(|line| line.seq.0);
    view! {
        <details class="notices" data-seq=last>
            <summary>{move || fill(td_string!(locale, timeline.folded), &[("count", &count)])}</summary>
            {lines.into_iter().map(|line| view! { <NoticeLine line /> }).collect_view()}
        </details>
    }
    .into_any()
}

#[component]
fn NoticeLine(line: Arc<Message>) -> impl IntoView {
    let locale = language();
    let person = |id| called(&use_live().with_untracked(|state| state.person(id)));
    let (name, by) = (person(line.from), line.by.map(person));
    let by = move || by.as_ref().map(|by| by());
    let seq = line.seq.0;
    view! { <p class="notice" dir="auto" data-seq=seq>{move || text(locale, &line, &name(), by().as_deref())}</p> }
}

fn text(locale: Locale, line: &Message, name: &str, by: Option<&str>) -> String {
    line.notice.map_or_else(|| line.text.clone(), |notice| notice_text(locale, notice, name, by))
}
