//! One room of the side list, with its last line and what is unread.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    model::{LastLine, LiveState, RoomId, RoomKind, RoomSummary, UserId, UserRef},
    ui::{
        called::caller,
        components::avatar::{Avatar, RoomSign},
        language::language,
        state::{
            live::{Topic, use_live},
            zone::use_zone,
        },
    },
    words::{Locale, badge, dates::short_label, isolated, notice_text, room_name, td_string, unread_count},
};

/// What of a room a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    room: RoomSummary,
    path: String,
    partner: Option<UserRef>,
    /// Who wrote the last line, or whom it is about.
    author: Option<UserRef>,
    /// Of a group, what it is called after its members.
    name: String,
    online: bool,
}

#[component]
pub fn RoomRow(id: RoomId) -> impl IntoView {
    let live = use_live();
    let locale = language();
    let shown = live.memo([Topic::Room(id), Topic::People, Topic::Online, Topic::Reading], move |state| {
        shown(locale, state, id)
    });
    let path = Memo::new(move |_| shown.read().as_ref().map(|shown| shown.path.clone()));
    let here = use_location().pathname;
    let is_here = move || (path.get().is_some_and(|path| is_same(&path, &here.read()))).then_some("page");
    let has_unread = move || unread(&shown.read()) > 0;
    view! {
        <li>
            <a
                class="room-row"
                class:unread=has_unread
                href=move || path.get()
                aria-current=is_here
                on:pointerdown=move |_| live.prefetch(id)
            >
                {move || shown.get().map(|shown| view! { <Sign shown /> })}
                <RowText shown />
            </a>
        </li>
    }
}

#[component]
fn Sign(shown: Shown) -> impl IntoView {
    match shown.partner {
        Some(user) => view! {
            <span class="with-dot">
                <Avatar user />
                <span class="dot" class:online=shown.online></span>
            </span>
        }
        .into_any(),
        None => {
            let RoomSummary { id, access, kind, .. } = shown.room;
            view! { <RoomSign room=id access kind /> }.into_any()
        }
    }
}

#[component]
fn RowText(shown: Memo<Option<Shown>>) -> impl IntoView {
    let locale = language();
    let zone = use_zone();
    let me = use_live().with_untracked(|state| state.me.user.id);
    let call = caller();
    let name =
        move || shown.get().map(|shown| shown.partner.as_ref().map_or_else(|| shown.name.clone(), call));
    let line = move || shown.get().and_then(|shown| last_line(locale, &shown, me, call));
    let time = move || {
        let last = shown.get()?.room.last?;
        Some(short_label(locale, &zone.local(last.at), zone.today()))
    };
    let count = Memo::new(move |_| unread(&shown.read()));
    let unread_badge = move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span class="badge">
                    <span aria-hidden="true">{badge(count)}</span>
                    <span class="visually-hidden">{unread_count(locale, count)}</span>
                </span>
            }
        })
    };
    view! {
        <span class="row-text">
            <span class="row-top">
                <span class="row-name" dir="auto">{name}</span>
                <span class="row-time">{time}</span>
            </span>
            <span class="row-bottom">
                <span class="row-line" dir="auto">{line}</span>
                {unread_badge}
            </span>
        </span>
    }
}

fn shown(locale: Locale, state: &LiveState, id: RoomId) -> Option<Shown> {
    let mut room = state.room(id)?.clone();
    room.unread = state.unread_of(&room);
    Some(Shown {
        online: room.partner.is_some_and(|partner| state.online.contains_key(&partner)),
        partner: room.partner.map(|partner| state.person(partner)),
        author: room.last.as_ref().map(|last| state.person(last.from)),
        name: room_name(locale, &room, &state.people),
        path: room.path(&state.people),
        room,
    })
}

fn unread(shown: &Option<Shown>) -> u32 {
    shown.as_ref().map_or(0, |shown| shown.room.unread)
}

/// The last line, with who said it where that is not plain.
fn last_line(
    locale: Locale,
    Shown { room, author, .. }: &Shown,
    me: UserId,
    call: impl Fn(&UserRef) -> String,
) -> Option<String> {
    let (LastLine { notice, text, .. }, from) = (room.last.as_ref()?, author.as_ref()?);
    Some(match notice {
        Some(notice) => notice_text(locale, *notice, &call(from), None),
        None if from.id == me => format!("{} {text}", td_string!(locale, timeline.you_prefix)),
        None if room.kind == RoomKind::Direct => text.clone(),
        None => format!("{}: {text}", isolated(&call(from))),
    })
}

/// Whether the address is the room's; user names differ in case, and addresses may be escaped.
fn is_same(path: &str, here: &str) -> bool {
    path.eq_ignore_ascii_case(here) || leptos_router::location::Url::unescape(here) == path
}
