//! `/rooms`: every channel that is open to the reader.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

use crate::{
    api::rooms::{JoinRoom, list_channels},
    error::AppError,
    model::{RoomAccess, RoomId, page::ChannelCard},
    ui::{
        components::{
            avatar::{Avatar, RoomSign},
            icon::Icon,
            notice_page::Failure,
            page_title::PageTitle,
            post_form::PostForm,
            room_header::PaneHeader,
            skeleton::RoomSkeleton,
            toasts::toast_failures,
        },
        fill::fill,
        i18n::td_string,
        language::language,
        page_data::load_once,
        state::form::FormState,
        words::member_count,
    },
};

#[component]
pub fn DirectoryPage() -> impl IntoView {
    let locale = language();
    let join = FormState::of::<JoinRoom>();
    toast_failures(join);
    let channels = load_once(list_channels());
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, room.directory).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{td_string!(locale, room.directory)}</h1></div>
            <a class="quiet-button phone-only" href="/rooms/new"><Icon name="plus" /> <span>{td_string!(locale, room.new)}</span></a>
        </PaneHeader>
        <div class="pane-body">
            <p class="pane-lead">{td_string!(locale, room.directory_lead)}</p>
            <div class="load-frame">
                {move || Suspend::new(async move { OwnedView::new(list(channels.await, join)) })}
                <RoomSkeleton />
            </div>
        </div>
    }
}

fn list(channels: Result<Vec<ChannelCard>, AppError>, join: FormState) -> AnyView {
    let locale = language();
    match channels {
        Ok(cards) if cards.is_empty() => {
            view! { <p class="pane-empty">{td_string!(locale, room.directory_empty)}</p> }.into_any()
        }
        Ok(cards) => {
            let cards = cards.into_iter().map(|card| view! { <Card card join /> }).collect_view();
            view! { <ul class="cards">{cards}</ul> }.into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

/// One channel, with the way in.
#[component]
fn Card(card: ChannelCard, join: FormState) -> impl IntoView {
    let locale = language();
    let path = format!("/rooms/{}", card.slug);
    let title_id = format!("room-{}", card.id);
    let locked = (card.access == RoomAccess::Password)
        .then(|| view! { <span class="card-lock">{td_string!(locale, room.with_password)}</span> });
    view! {
        <li class="card">
            <RoomSign room=card.id access=card.access />
            <div class="card-text">
                <h2 dir="auto"><a id=title_id.clone() href=path.clone()>{card.name.clone()}</a></h2>
                <p class="card-topic" dir="auto">{card.topic.clone()}</p>
                <CardFacts card=card.clone() />
                {locked}
            </div>
            <WayIn card join path title_id />
        </li>
    }
}

/// How many are in it, and who of them is online.
#[component]
fn CardFacts(card: ChannelCard) -> impl IntoView {
    let locale = language();
    let (members, online) = (card.member_count as usize, card.online_count);
    let faces = card.online.into_iter().map(|user| view! { <Avatar user /> }).collect_view();
    view! {
        <p class="card-facts">
            <span>{move || member_count(locale, members)}</span>
            {(online > 0)
                .then(|| {
                    view! {
                        <span class="faces">{faces}</span>
                        <span>{move || fill(td_string!(locale, room.online_count), &[("count", &online)])}</span>
                    }
                })}
        </p>
    }
}

/// A link into a room of one's own, a button into an open one, a link to the door of a locked one.
#[component]
fn WayIn(card: ChannelCard, join: FormState, path: String, title_id: String) -> impl IntoView {
    let locale = language();
    if card.joined || card.access == RoomAccess::Password {
        return view! {
            <a class="button" href=path aria-describedby=title_id>{td_string!(locale, room.open)}</a>
        }
        .into_any();
    }
    view! { <JoinButton room=card.id join title_id /> }.into_any()
}

#[component]
fn JoinButton(room: RoomId, join: FormState, title_id: String) -> impl IntoView {
    let locale = language();
    view! {
        <PostForm form=join class="plain-form">
            <input type="hidden" name="room" value=room.to_string() />
            <button class="button primary" aria-describedby=title_id>{td_string!(locale, room.join)}</button>
        </PostForm>
    }
}
