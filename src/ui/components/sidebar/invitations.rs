//! Invitations: rooms that somebody asks the reader to enter, above the reader's own rooms. Nothing is shown without one.

use leptos::prelude::*;

use crate::{
    api::invitations::{AcceptInvitation, BlockPerson, DeclineInvitation},
    model::Invitation,
    ui::{
        called::called,
        components::{avatar::Avatar, list::list, post_form::PostForm, toasts::toast_failures},
        language::language,
        state::{
            form::FormState,
            live::{Topic, use_live},
            toasts::use_toasts,
        },
    },
    words::{fill::fill, invitation_count, member_count, td_string},
};

/// The forms with which an invitation is answered, shared by all invitations.
#[derive(Clone, Copy)]
struct Answers {
    accept: FormState,
    decline: FormState,
    block: FormState,
}

#[component]
pub fn Invitations() -> impl IntoView {
    let locale = language();
    let live = use_live();
    let open = live.memo([Topic::Invitations], |state| state.invitations.open().to_vec());
    let (accept, decline) = (FormState::of::<AcceptInvitation>(), FormState::of::<DeclineInvitation>());
    let answers = Answers { accept, decline, block: FormState::of::<BlockPerson>() };
    for form in [answers.accept, answers.decline, answers.block] {
        toast_failures(form);
        // Where events are slow to come, the answer itself moves the list.
        Effect::new(move |_| (form.answers().get() > 0).then(|| live.catch_up()));
    }
    let (toasts, blocked) = (use_toasts(), answers.block.answers());
    Effect::new(move |_| {
        if blocked.get() > 0 {
            toasts.show(td_string!(locale, invitations.blocked).to_owned());
        }
    });
    let count = Memo::new(move |_| open.read().len());
    let said = move || (count.get() > 0).then(|| invitation_count(locale, count.get()));
    view! {
        <p class="visually-hidden" role="status">{said}</p>
        <Show when=move || { count.get() > 0 }>
            <section class="invitations" aria-labelledby="invitations-title">
                <h2 id="invitations-title" class="invitations-title">
                    {td_string!(locale, invitations.title)}
                    <span class="badge" aria-hidden="true">{count}</span>
                </h2>
                <ul>
                    {list(
                        move || open.get(),
                        |invitation| (invitation.room, invitation.at),
                        move |invitation| view! { <InvitationRow invitation answers /> }.into_any(),
                    )}
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn InvitationRow(invitation: Invitation, answers: Answers) -> impl IntoView {
    let locale = language();
    let Invitation { room, name, inviter, member_count: members, .. } = invitation;
    let name = if name.is_empty() { td_string!(locale, room.group).to_owned() } else { name };
    let inviter = use_live().with_untracked(|state| state.person(inviter));
    let (id, members) = (format!("invitation-{room}"), members as usize);
    let Answers { accept, decline, block } = answers;
    let (of_room, of_inviter) = (("room", room.to_string()), ("user", inviter.id.to_string()));
    let block_title = fill(td_string!(locale, invitations.block_title), &[("name", &inviter.name)]);
    let answers = [
        (accept, of_room.clone(), "button primary", td_string!(locale, invitations.accept), None),
        (decline, of_room, "button", td_string!(locale, invitations.decline), None),
        (block, of_inviter, "quiet-button", td_string!(locale, invitations.block), Some(block_title)),
    ];
    let answer = |(form, (name, value), class, label, title)| {
        let about = id.clone();
        view! {
            <PostForm form=form class="plain-form">
                <input type="hidden" name=name value=value />
                <button class=class title=title aria-describedby=about>{label}</button>
            </PostForm>
        }
    };
    let answers = answers.map(answer).into_iter().collect_view();
    view! {
        <li class="invitation">
            <Avatar user=inviter.clone() />
            <div class="invitation-text" id=id>
                <p class="invitation-room" dir="auto">{name}</p>
                <p class="invitation-from">
                    <bdi>{called(&inviter)}</bdi> " @" {inviter.username} " · " {member_count(locale, members)}
                </p>
            </div>
            <div class="invitation-answers">{answers}</div>
        </li>
    }
}
