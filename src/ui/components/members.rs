//! The open room's members: those who are online first. Of many, the page brings some; the others come when asked for.

use leptos::{html, prelude::*};

use super::{avatar::Avatar, icon::Icon, list::list};
use crate::{
    browser,
    error::AppError,
    model::{LiveState, Member, MemberRole, UserId, UserRef, paths},
    ui::{
        called::called,
        language::language,
        state::live::{Topic, use_live},
    },
    words::{error_text, fill::fill, td_string},
};

/// A member as the list shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    member: Member,
    user: UserRef,
    online: bool,
}

/// The panel at the right; on a narrow page it is a sheet at `#members`.
#[component]
pub fn Members(
    /// The room's own path, to which closing the sheet leads.
    path: String,
) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let me = live.with_untracked(|state| state.me.user.id);
    let rows = live.memo([Topic::Members, Topic::Online, Topic::People], rows);
    let whole = NodeRef::<html::Ul>::new();
    view! {
        <aside id="members" class="members" aria-labelledby="members-title">
            <div class="members-head">
                <h2 id="members-title">{td_string!(locale, room.members)}</h2>
                <a class="icon-button narrow-only" href=path aria-label=td_string!(locale, room.close)>
                    <Icon name="close" />
                </a>
            </div>
            <ul node_ref=whole tabindex="-1" aria-label=td_string!(locale, room.members)>
                {list(
                    move || rows.get(),
                    |row| (row.user.id, row.online, row.member.seq),
                    move |row| view! { <MemberRow row me /> }.into_any(),
                )}
            </ul>
            <Others list=whole />
            <InvitedPeople />
        </aside>
    }
}

/// How many are shown and the way to all, while some are missing. The keyboard goes on in the whole `list`.
#[component]
fn Others(list: NodeRef<html::Ul>) -> impl IntoView {
    let locale = language();
    let live = use_live();
    let numbers = live.memo([Topic::Members], |state| {
        let members = state.timeline.as_ref().map(|timeline| &timeline.members);
        members
            .filter(|members| !members.is_whole())
            .map(|members| (members.known().count(), members.count()))
    });
    let loading = RwSignal::new(false);
    let error = RwSignal::new(None::<AppError>);
    let load = move |_| {
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        browser::spawn(async move {
            let answer = live.load_members().await;
            let is_gone = loading.try_set(false).is_some();
            if is_gone {
                return;
            }
            if answer.is_ok() {
                browser::focus(list);
            }
            error.set(answer.err());
        });
    };
    let shown = move || {
        let (shown, count) = numbers.get().unwrap_or_default();
        fill(td_string!(locale, room.members_shown), &[("shown", &shown), ("count", &count)])
    };
    let label = move || {
        if loading.get() {
            td_string!(locale, room.loading_members)
        } else {
            td_string!(locale, room.all_members)
        }
    };
    view! {
        <Show when=move || numbers.get().is_some()>
            <div class="members-others">
                <p>{shown}</p>
                <button class="quiet-button" aria-busy=move || loading.get().to_string() on:click=load>
                    {label}
                </button>
                <p class="members-error" role="alert">
                    {move || error.get().map(|error| error_text(locale, &error))}
                </p>
            </div>
        </Show>
    }
}

/// Who is asked to enter; whoever enters meanwhile stands among the members.
#[component]
fn InvitedPeople() -> impl IntoView {
    let locale = language();
    let waiting = use_live().memo([Topic::Members, Topic::People], |state| {
        let members = state.timeline.iter().flat_map(|timeline| timeline.members.known());
        let entered: Vec<UserId> = members.map(|member| member.user).collect();
        let invited = state.timeline.iter().flat_map(|timeline| &timeline.invited);
        let waiting = invited.filter(|user| !entered.contains(user));
        waiting.map(|user| state.person(*user)).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !waiting.read().is_empty()>
            <section class="members-invited" aria-labelledby="invited-title">
                <h3 id="invited-title">{td_string!(locale, room.invited)}</h3>
                <ul>
                    {list(
                        move || waiting.get(),
                        |user| user.id,
                        |user| view! { <InvitedRow user /> }.into_any(),
                    )}
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn InvitedRow(user: UserRef) -> impl IntoView {
    view! {
        <li>
            <a class="member away" href=paths::direct(&user.username)>
                <Avatar user=user.clone() />
                <span class="member-name" dir="auto">{called(&user)}</span>
            </a>
        </li>
    }
}

#[component]
fn MemberRow(row: Row, me: UserId) -> impl IntoView {
    let locale = language();
    let Row { member: Member { role, .. }, user, online } = row;
    let (mine, name) = (user.id == me, called(&user));
    let presence =
        move || if online { td_string!(locale, room.online) } else { td_string!(locale, room.offline) };
    let note = move || match role {
        _ if mine => Some(td_string!(locale, room.you)),
        MemberRole::Owner => Some(td_string!(locale, room.owner)),
        MemberRole::Moderator => Some(td_string!(locale, room.moderator)),
        MemberRole::Member => None,
    };
    view! {
        <li>
            <a class="member" class:away=!online href=(!mine).then(|| paths::direct(&user.username))>
                <span class="with-dot">
                    <Avatar user=user.clone() />
                    <span class="dot" class:online=online role="img" aria-label=presence></span>
                </span>
                <span class="member-name" dir="auto">{name}</span>
                <span class="member-note">{note}</span>
            </a>
        </li>
    }
}

fn rows(state: &LiveState) -> Vec<Row> {
    let members = state.timeline.iter().flat_map(|timeline| timeline.members.known());
    let mut rows: Vec<Row> = members
        .map(|member| Row {
            member: member.clone(),
            user: state.person(member.user),
            online: state.online.contains_key(&member.user),
        })
        .collect();
    rows.sort_by_cached_key(|row| (!row.online, row.user.name.to_ascii_lowercase()));
    rows
}
