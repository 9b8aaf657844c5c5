//! `/rooms/{slug or id}` and `/dm/{username}`: a room from inside, from outside, or not begun.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::conversation::{NewConversation, OpenConversation};
use crate::{
    api::rooms::{JoinRoom, load_direct, load_room},
    error::AppError,
    model::{RoomSummary, Seq, page::RoomPage as Page},
    ui::{
        components::{
            list::list, notice_page::Failure, outside::Outside, page_title::PageTitle, skeleton::RoomSkeleton,
        },
        page_data::load,
        state::{
            form::FormState,
            live::{LiveHandle, use_live},
        },
        whole::Whole,
    },
};

/// Which page it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RoomAddress {
    Room(String),
    Direct(String),
}

#[component]
pub fn RoomPage() -> impl IntoView {
    let params = use_params_map();
    let at = Memo::new(move |_| RoomAddress::Room(params.read().get("address").unwrap_or_default()));
    view! { <Rooms at /> }
}

#[component]
pub fn DirectPage() -> impl IntoView {
    let params = use_params_map();
    let at = Memo::new(move |_| RoomAddress::Direct(params.read().get("username").unwrap_or_default()));
    view! { <Rooms at /> }
}

/// One room at a time; another address is another view, which begins as a skeleton.
#[component]
fn Rooms(at: Memo<RoomAddress>) -> impl IntoView {
    list(move || vec![at.get()], RoomAddress::clone, |at| view! { <RoomView at /> }.into_any())
}

#[component]
fn RoomView(at: RoomAddress) -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let before = Memo::new(move |_| query.try_read()?.get("before")?.parse::<Seq>().ok());
    let join = FormState::of::<JoinRoom>();
    let entered = successes(join);
    let begun = begun(live, at.clone());
    let page = load(
        move || (before.get(), live.reloads().get(), entered.get(), begun.get()),
        move |(before, ..)| load_at(at.clone(), before),
    );
    // In the browser only: at the end of a page on the server this would wake what reads it while it is thrown away.
    Effect::new(move |_| on_cleanup(move || live.close()));
    view! {
        <div class="room-frame">
            {move || Suspend::new(async move { OwnedView::new(room(page.await, live, join)) })}
            <RoomSkeleton />
        </div>
    }
}

async fn load_at(at: RoomAddress, before: Option<Seq>) -> Result<Page, AppError> {
    match at {
        RoomAddress::Room(address) => load_room(address, before).await,
        RoomAddress::Direct(username) => load_direct(username, before).await,
    }
}

fn room(page: Result<Page, AppError>, live: LiveHandle, join: FormState) -> AnyView {
    match page {
        Ok(Page::Open(page)) => {
            live.open(&page);
            Whole(view! { <OpenConversation page=*page /> }.into_any()).into_any()
        }
        Ok(Page::Outside(card)) => {
            let name = card.name.clone();
            view! {
                <PageTitle text=name />
                <Outside card form=join />
            }
            .into_any()
        }
        Ok(Page::NewDirect(user)) => view! { <NewConversation user /> }.into_any(),
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}

/// Grows when the form succeeds: the page is another one then.
fn successes(form: FormState) -> Memo<usize> {
    let answers = form.answers();
    Memo::new(
        move |before: Option<&usize>| {
            if form.succeeded() { answers.get() } else { before.copied().unwrap_or_default() }
        },
    )
}

/// Whether the conversation of a direct at came to my rooms while its page was not open: the first message opens it.
fn begun(live: LiveHandle, at: RoomAddress) -> Memo<bool> {
    let known = live.memo(move |state| {
        let RoomAddress::Direct(username) = &at else { return (false, false) };
        let is_partner = |room: &&RoomSummary| {
            let partner = room.partner.and_then(|partner| state.people.get(partner));
            partner.is_some_and(|partner| partner.username.eq_ignore_ascii_case(username))
        };
        let room = state.rooms.iter().find(is_partner).map(|room| room.id);
        let open = state.timeline.as_ref().map(|timeline| timeline.room);
        (room.is_some(), room.is_some() && room == open)
    });
    // The page itself brings a room that is not among the newest.
    Memo::new(move |before: Option<&bool>| {
        let (is_known, is_open) = known.get();
        if is_open { before.copied().unwrap_or(is_known) } else { is_known }
    })
}
