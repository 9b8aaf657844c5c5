//! The inside of a room: head, timeline, composer, members.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    model::{RoomKind, RoomSummary, UserRef, ability::Ability, outbox::Target, paths},
    ui::{
        components::{
            avatar::Avatar,
            composer::Composer,
            connection::ConnectionLine,
            members::Members,
            page_title::PageTitle,
            room_header::{PaneHeader, RoomHeader},
            timeline::{Scroller, TimelineOf, ends::Unread},
            typing::TypingLine,
        },
        language::language,
        state::live::use_live,
    },
    words::room_name,
};

/// A room that the reader is in; the live state holds its timeline.
#[component]
pub fn OpenConversation(
    room: RoomSummary,
    /// Whether it opens at what is unread, not at a stretch that an address asks for.
    opens_at_new: bool,
) -> impl IntoView {
    let people = use_live().with_untracked(|state| state.people.clone());
    let direct = room.kind == RoomKind::Direct;
    let site = use_live().with_untracked(|state| state.me.role);
    let posts = room.may(site, Ability::Post);
    let members_hidden = RwSignal::new(false);
    let hash = use_location().hash;
    let sheet_open = move || *hash.read() == "#members";
    let target = Target::Room(room.id);
    let (id, name, path) = (room.id, room_name(language(), &room, &people), room.path(&people));
    let first = room
        .partner
        .and_then(|partner| people.get(partner))
        .map(|user| Target::Person(user.username.clone()));
    let of = TimelineOf {
        targets: [Some(target.clone()), first].into_iter().flatten().collect(),
        unread: Unread::of(&room),
        opens_at_new,
        path: path.clone(),
        name: name.clone(),
        direct,
        is_begun: true,
    };
    view! {
        <PageTitle text=name.clone() />
        <div class="room" class:with-members=move || !direct && !members_hidden.get() class:show-members=sheet_open>
            <div class="room-main">
                <RoomHeader room members_hidden />
                <Scroller of />
                <TypingLine room=id />
                <ConnectionLine />
                {posts.then(|| view! { <Composer target name /> })}
            </div>
            {(!direct).then(|| view! { <Members path /> })}
        </div>
    }
}

/// A conversation that begins with the first message.
#[component]
pub fn NewConversation(user: UserRef) -> impl IntoView {
    let target = Target::Person(user.username.clone());
    let of = TimelineOf {
        targets: vec![target.clone()],
        unread: None,
        opens_at_new: false,
        path: paths::direct(&user.username),
        name: user.name.clone(),
        direct: true,
        is_begun: false,
    };
    let (name, title, username) = (user.name.clone(), user.name.clone(), user.username.clone());
    view! {
        <PageTitle text=name.clone() />
        <div class="room">
            <div class="room-main">
                <PaneHeader>
                    <Avatar user />
                    <div class="pane-title">
                        <h1 dir="auto">{title}</h1>
                        <p class="topic">"@" {username}</p>
                    </div>
                </PaneHeader>
                <Scroller of />
                <p class="typing"></p>
                <ConnectionLine />
                <Composer target name />
            </div>
        </div>
    }
}
