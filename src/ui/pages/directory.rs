//! `/rooms`: the channels that are open to the reader, a page after the other, or those with `?q=` in their names.

use leptos::{html, prelude::*, tachys::reactive_graph::OwnedView};
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    api::rooms::{JoinRoom, list_channels},
    error::AppError,
    model::{
        RoomAccess, RoomId,
        page::{ChannelCard, ChannelPage},
        paths,
    },
    ui::{
        components::{
            avatar::{Avatar, RoomSign},
            icon::Icon,
            list::list,
            notice_page::Failure,
            page_title::PageTitle,
            post_form::PostForm,
            room_header::PaneHeader,
            show_more::{Load, ShowMore},
            skeleton::RoomSkeleton,
            toasts::toast_failures,
        },
        language::language,
        page_data::load,
        state::form::FormState,
    },
    words::{fill::fill, member_count, td_string},
};

/// Which part of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    query: String,
    /// After the channel with this address.
    after: String,
}

#[component]
pub fn DirectoryPage() -> impl IntoView {
    let locale = language();
    let join = FormState::of::<JoinRoom>();
    toast_failures(join);
    let query = use_query_map();
    let part = Memo::new(move |_| {
        let field = |name| query.read().get(name).unwrap_or_default();
        Part { query: field("q").trim().to_owned(), after: field("after") }
    });
    let channels = load(move || part.get(), |Part { query, after }| list_channels(query, after));
    let page = move || {
        let part = part.get();
        Suspend::new(async move { OwnedView::new(page_view(channels.await, part, join)) })
    };
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, room.directory).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{td_string!(locale, room.directory)}</h1></div>
            <a class="quiet-button phone-only" href=paths::NEW_ROOM><Icon name="plus" /> <span>{td_string!(locale, room.new)}</span></a>
        </PaneHeader>
        <div class="pane-body">
            <p class="pane-lead">{td_string!(locale, room.directory_lead)}</p>
            <Filter value=part.get_untracked().query />
            <div class="load-frame">
                {page}
                <RoomSkeleton />
            </div>
        </div>
    }
}

/// The field that leads to the channels with a word in their names.
#[component]
fn Filter(value: String) -> impl IntoView {
    let locale = language();
    view! {
        <form class="directory-filter" role="search" aria-label=td_string!(locale, room.filter) action=paths::ROOMS>
            <label class="finder-field">
                <Icon name="search" />
                <input
                    type="search"
                    name="q"
                    value=value
                    maxlength="100"
                    autocomplete="off"
                    aria-label=td_string!(locale, room.filter)
                    placeholder=td_string!(locale, room.filter)
                />
            </label>
        </form>
    }
}

fn page_view(page: Result<ChannelPage, AppError>, part: Part, join: FormState) -> AnyView {
    let locale = language();
    match page {
        Ok(page) if !part.query.is_empty() => view! { <Found page join /> }.into_any(),
        Ok(page) if page.channels.is_empty() && part.after.is_empty() => {
            view! { <p class="pane-empty">{td_string!(locale, room.directory_empty)}</p> }.into_any()
        }
        Ok(page) => {
            let first = (!part.after.is_empty()).then(|| {
                view! { <p class="show-more"><a href=paths::ROOMS>{td_string!(locale, list.first)}</a></p> }
            });
            view! {
                {first}
                <Pages page join />
            }
            .into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

/// What was found by its name.
#[component]
fn Found(page: ChannelPage, join: FormState) -> impl IntoView {
    let locale = language();
    let words = match &page {
        page if page.channels.is_empty() => Some(td_string!(locale, room.filter_none)),
        page if page.has_more => Some(td_string!(locale, room.filter_cut)),
        _ => None,
    };
    let cards = page.channels.into_iter().map(|card| view! { <Card card join /> }).collect_view();
    view! {
        <ul class="cards">{cards}</ul>
        <div class="show-more">
            <p>{words}</p>
            <a href=paths::ROOMS>{td_string!(locale, room.filter_end)}</a>
        </div>
    }
}

/// A page of the directory, and those that are added to it.
#[component]
fn Pages(page: ChannelPage, join: FormState) -> impl IntoView {
    let shown = RwSignal::new(page);
    let rows = NodeRef::<html::Ul>::new();
    let after = move || {
        let page = shown.read();
        page.channels.last().filter(|_| page.has_more).map(|last| last.slug.clone())
    };
    let next = move || after().map(|after| paths::rooms_after(&Url::escape(&after)));
    let load: Load = Box::new(move || {
        let after = untrack(after).unwrap_or_default();
        Box::pin(async move {
            let page = list_channels(String::new(), after).await?;
            shown.try_update(|shown| shown.add(page));
            Ok(())
        })
    });
    let count = Signal::derive(move || shown.read().channels.len());
    view! {
        <ul class="cards" node_ref=rows>
            {list(
                move || shown.get().channels,
                |card| card.id,
                move |card| view! { <Card card join /> }.into_any(),
            )}
        </ul>
        <ShowMore next=Signal::derive(next) list=rows rows=count load />
    }
}

/// One channel, with the way in.
#[component]
fn Card(card: ChannelCard, join: FormState) -> impl IntoView {
    let locale = language();
    let path = paths::room(&card.slug);
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
