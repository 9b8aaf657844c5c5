//! Where I am signed in.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use super::day;
use crate::{
    api::tokens::{EndOtherSessions, EndSession, list_sessions},
    error::AppError,
    model::token::{SessionInfo, SessionKind},
    ui::{
        components::{notice_page::Failure, post_form::PostForm, toasts::toast_failures},
        language::language,
        page_data::load,
        state::form::FormState,
    },
    words::{fill::fill, td_string},
};

#[component]
pub fn Sessions() -> impl IntoView {
    let locale = language();
    let (end, end_others) = (FormState::of::<EndSession>(), FormState::of::<EndOtherSessions>());
    toast_failures(end);
    toast_failures(end_others);
    let ended = (end.answers(), end_others.answers());
    let sessions = load(move || (ended.0.get(), ended.1.get()), |_| list_sessions());
    view! {
        <section aria-labelledby="sessions-title">
            <h2 id="sessions-title">{td_string!(locale, sessions.title)}</h2>
            <p class="section-lead">{td_string!(locale, sessions.lead)}</p>
            {move || Suspend::new(async move { OwnedView::new(list(sessions.await, end)) })}
            <PostForm form=end_others class="plain-form">
                <button class="button">{td_string!(locale, sessions.end_others)}</button>
            </PostForm>
        </section>
    }
}

fn list(sessions: Result<Vec<SessionInfo>, AppError>, end: FormState) -> AnyView {
    match sessions {
        Ok(sessions) => {
            let rows = sessions.into_iter().map(|session| view! { <Row session end /> }).collect_view();
            view! { <ul class="grants">{rows}</ul> }.into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

#[component]
fn Row(session: SessionInfo, end: FormState) -> impl IntoView {
    let locale = language();
    let SessionInfo { id, kind, current, created_at, seen_at, .. } = session;
    let title_id = format!("session-{id}");
    let name = match kind {
        SessionKind::Browser => td_string!(locale, sessions.browser),
        SessionKind::Program => td_string!(locale, sessions.program),
    };
    let began = move || fill(td_string!(locale, sessions.began), &[("day", &day(locale, created_at))]);
    let seen = seen_at.map(|at| {
        let words = move || fill(td_string!(locale, sessions.seen), &[("day", &day(locale, at))]);
        view! { <span>{words}</span> }
    });
    let way_out = if current {
        view! { <span class="grant-note">{td_string!(locale, sessions.current)}</span> }.into_any()
    } else {
        view! { <EndButton id end title_id=title_id.clone() /> }.into_any()
    };
    view! {
        <li class="grant">
            <div class="grant-text">
                <p class="grant-name" id=title_id>{name}</p>
                <p class="grant-facts"><span>{began}</span>{seen}</p>
            </div>
            {way_out}
        </li>
    }
}

#[component]
fn EndButton(id: String, end: FormState, title_id: String) -> impl IntoView {
    view! {
        <PostForm form=end class="plain-form">
            <input type="hidden" name="id" value=id />
            <button class="button" aria-describedby=title_id>{td_string!(language(), sessions.end)}</button>
        </PostForm>
    }
}
