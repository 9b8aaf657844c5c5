//! Whom I have blocked, and the way back.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use crate::{
    api::invitations::{UnblockPerson, list_blocked},
    error::AppError,
    model::{UserId, UserRef},
    ui::{
        components::{notice_page::Failure, post_form::PostForm, toasts::toast_failures},
        language::language,
        page_data::load,
        state::form::FormState,
    },
    words::td_string,
};

#[component]
pub fn Blocks() -> impl IntoView {
    let locale = language();
    let unblock = FormState::of::<UnblockPerson>();
    toast_failures(unblock);
    let answers = unblock.answers();
    let blocked = load(move || answers.get(), |_| list_blocked(UserId(0)));
    view! {
        <section aria-labelledby="blocks-title">
            <h2 id="blocks-title">{td_string!(locale, blocks.title)}</h2>
            <p class="section-lead">{td_string!(locale, blocks.lead)}</p>
            {move || Suspend::new(async move { OwnedView::new(list(blocked.await, unblock)) })}
        </section>
    }
}

fn list(blocked: Result<Vec<UserRef>, AppError>, unblock: FormState) -> AnyView {
    match blocked {
        Ok(people) if people.is_empty() => {
            view! { <p class="section-empty">{td_string!(language(), blocks.empty)}</p> }.into_any()
        }
        Ok(people) => {
            let rows = people.into_iter().map(|person| view! { <Row person unblock /> }).collect_view();
            view! { <ul class="grants">{rows}</ul> }.into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

#[component]
fn Row(person: UserRef, unblock: FormState) -> impl IntoView {
    let title_id = format!("block-{}", person.id);
    view! {
        <li class="grant">
            <div class="grant-text">
                <p class="grant-name" id=title_id.clone() dir="auto">{person.name}</p>
                <p class="grant-facts">"@" {person.username}</p>
            </div>
            <PostForm form=unblock class="plain-form">
                <input type="hidden" name="user" value=person.id.to_string() />
                <button class="button" aria-describedby=title_id>{td_string!(language(), blocks.undo)}</button>
            </PostForm>
        </li>
    }
}
