//! The head of an open room: where one is, who is here, and what one may do with it.

use leptos::prelude::*;

use super::{icon::Icon, post_form::PostForm, toasts::toast_failures};
use crate::{
    api::rooms::LeaveRoom,
    model::{RoomAccess, RoomId, RoomKind, RoomSummary, ability::Ability, paths},
    ui::{
        components::avatar::{Avatar, RoomSign},
        language::language,
        state::{
            form::FormState,
            live::{Topic, use_live},
        },
    },
    words::{member_count, room_name, td_string},
};

/// The head of `room`. `members_hidden` folds the members' panel away on a wide page.
#[component]
pub fn RoomHeader(room: RoomSummary, members_hidden: RwSignal<bool>) -> impl IntoView {
    let locale = language();
    let RoomSummary { id, kind, access, .. } = room;
    let direct = kind == RoomKind::Direct;
    let site = use_live().with_untracked(|state| state.me.role);
    let leaves = room.may(site, Ability::Leave);
    let partner = room.partner.map(|partner| use_live().with_untracked(|state| state.person(partner)));
    let sign = match partner.clone() {
        Some(user) => view! { <Avatar user /> }.into_any(),
        None => view! { <RoomSign room=id access kind /> }.into_any(),
    };
    let told = room.clone();
    let name = use_live().memo([Topic::Room(told.id), Topic::People], move |state| {
        room_name(locale, state.room(id).unwrap_or(&told), &state.people)
    });
    let about = match partner {
        Some(partner) => format!("@{}", partner.username),
        None => room.topic,
    };
    view! {
        <PaneHeader>
            {sign} <div class="pane-title">
                <h1 dir="auto">{name}</h1>
                <p class="topic" dir="auto" title=about.clone()>{about.clone()}</p>
            </div> {(!direct).then(|| view! { <MembersToggle members_hidden /> })}
            {leaves.then(|| view! { <RoomMenu room=id access /> })}
        </PaneHeader>
    }
}

/// The bar at the head of a pane, with the phone's way back to the list.
#[component]
pub fn PaneHeader(children: Children) -> impl IntoView {
    let locale = language();
    view! {
        <header class="pane-header">
            <a class="icon-button phone-only" href=paths::HOME aria-label=td_string!(locale, room.back)>
                <Icon name="back" />
            </a>
            {children()}
        </header>
    }
}

/// How many members there are, and the switch of their panel: a button where it stands beside the
/// timeline, a link where it is a sheet.
#[component]
fn MembersToggle(members_hidden: RwSignal<bool>) -> impl IntoView {
    let locale = language();
    let count = use_live().memo([Topic::Members], |state| {
        state.timeline.as_ref().map_or(0, |timeline| timeline.members.count())
    });
    let label = move || {
        if members_hidden.get() {
            td_string!(locale, room.show_members)
        } else {
            td_string!(locale, room.hide_members)
        }
    };
    let words = move || member_count(locale, count.get());
    view! {
        <button
            class="quiet-button wide-only"
            aria-expanded=move || if members_hidden.get() { "false" } else { "true" }
            aria-controls="members"
            title=label
            on:click=move |_| members_hidden.update(|hidden| *hidden = !*hidden)
        >
            <Icon name="people" />
            <span>{words}</span>
        </button>
        <a class="quiet-button narrow-only" href="#members" aria-label=words>
            <Icon name="people" />
            <span aria-hidden="true">{move || count.get()}</span>
        </a>
    }
}

/// What one may do with the room. It opens without JavaScript too, and closes by Esc or a click elsewhere.
#[component]
fn RoomMenu(room: RoomId, access: RoomAccess) -> impl IntoView {
    let locale = language();
    view! {
        <button
            type="button"
            class="icon-button"
            popovertarget="room-menu"
            aria-label=td_string!(locale, room.menu)
            title=td_string!(locale, room.menu)
        >
            <Icon name="more" />
        </button>
        <div id="room-menu" class="menu" popover="auto">
            <Leaving room access />
        </div>
    }
}

/// Leaving, which is said twice where one cannot simply come back.
#[component]
fn Leaving(room: RoomId, access: RoomAccess) -> impl IntoView {
    let locale = language();
    let form = FormState::of::<LeaveRoom>();
    toast_failures(form);
    let warning = match access {
        RoomAccess::Public => None,
        RoomAccess::Password => Some(td_string!(locale, room.leave_password)),
        RoomAccess::Private => Some(td_string!(locale, room.leave_private)),
    };
    let leave = move |class| {
        view! {
            <PostForm form=form class="plain-form">
                <input type="hidden" name="room" value=room.to_string() />
                <button class=class>
                    <Icon name="leave" />
                    {td_string!(locale, room.leave)}
                </button>
            </PostForm>
        }
    };
    let Some(warning) = warning else { return leave("menu-item").into_any() };
    view! {
        <details class="menu-more">
            <summary class="menu-item">
                <Icon name="leave" />
                {td_string!(locale, room.leave_ask)}
            </summary>
            <p>{warning}</p>
            {leave("button danger")}
        </details>
    }
    .into_any()
}
