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
            room_header::PaneHeader,
            skeleton::RoomSkeleton,
        },
        fill::fill,
        i18n::{t, t_string},
        state::{form::FormState, toasts::use_toasts},
        words::{error_text, language, member_count},
    },
};

#[component]
pub fn DirectoryPage() -> impl IntoView {
    let i18n = language();
    let join = FormState::<JoinRoom>::new();
    tell_failure(join);
    let channels = OnceResource::new_blocking(list_channels());
    view! {
        <PageTitle text=Signal::derive(move || t_string!(i18n, room.directory).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{t!(i18n, room.directory)}</h1></div>
            <a class="quiet-button phone-only" href="/rooms/new"><Icon name="plus" /> <span>{t!(i18n, room.new)}</span></a>
        </PaneHeader>
        <div class="pane-body directory">
            <p class="pane-lead">{t!(i18n, room.directory_lead)}</p>
            <div class="load-frame">
                {move || Suspend::new(async move { OwnedView::new(list(channels.await, join)) })}
                <RoomSkeleton />
            </div>
        </div>
    }
}

fn list(channels: Result<Vec<ChannelCard>, AppError>, join: FormState<JoinRoom>) -> AnyView {
    let i18n = language();
    match channels {
        Ok(cards) if cards.is_empty() => {
            view! { <p class="pane-empty">{t!(i18n, room.directory_empty)}</p> }.into_any()
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
fn Card(card: ChannelCard, join: FormState<JoinRoom>) -> impl IntoView {
    let i18n = language();
    let path = format!("/rooms/{}", card.slug);
    let title_id = format!("room-{}", card.id);
    let locked = (card.access == RoomAccess::Password)
        .then(|| view! { <span class="card-lock">{t!(i18n, room.with_password)}</span> });
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
    let i18n = language();
    let (members, online) = (card.member_count as usize, card.online_count);
    let faces = card.online.into_iter().map(|user| view! { <Avatar user /> }).collect_view();
    view! {
        <p class="card-facts">
            <span>{move || member_count(i18n, members)}</span>
            {(online > 0)
                .then(|| {
                    view! {
                        <span class="faces">{faces}</span>
                        <span>{move || fill(t_string!(i18n, room.online_count), &[("count", &online)])}</span>
                    }
                })}
        </p>
    }
}

/// A link into a room of one's own, a button into an open one, a link to the door of a locked one.
#[component]
fn WayIn(card: ChannelCard, join: FormState<JoinRoom>, path: String, title_id: String) -> impl IntoView {
    let i18n = language();
    if card.joined || card.access == RoomAccess::Password {
        return view! {
            <a class="button" href=path aria-describedby=title_id>{t!(i18n, room.open)}</a>
        }
        .into_any();
    }
    view! { <JoinButton room=card.id join title_id /> }.into_any()
}

#[component]
fn JoinButton(room: RoomId, join: FormState<JoinRoom>, title_id: String) -> impl IntoView {
    let i18n = language();
    view! {
        <ActionForm action=join.action attr:class="plain-form">
            <input type="hidden" name="room" value=room.to_string() />
            <button class="button primary" aria-describedby=title_id>{t!(i18n, room.join)}</button>
        </ActionForm>
    }
}

fn tell_failure(join: FormState<JoinRoom>) {
    let i18n = language();
    let toasts = use_toasts();
    let error = join.error();
    Effect::new(move |_| {
        if let Some(error) = error.get() {
            toasts.show(error_text(i18n, &error));
        }
    });
}
