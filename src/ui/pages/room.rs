//! `/rooms/{slug or id}` and `/dm/{username}`: a room from inside, from outside, or not begun.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::conversation::{NewConversation, OpenConversation};
use crate::{
    api::rooms::{JoinRoom, load_direct, load_room},
    browser,
    error::AppError,
    model::{
        RoomSummary, Seq,
        page::{RoomPage as Page, Stretch},
        paths,
    },
    ui::{
        components::{
            list::list, notice_page::Failure, outside::Outside, page_title::PageTitle, skeleton::RoomSkeleton,
        },
        page_data::load,
        state::{
            form::FormState,
            live::{LiveHandle, Topic, use_live},
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

impl RoomAddress {
    fn path(&self) -> String {
        match self {
            Self::Room(address) => paths::room(address),
            Self::Direct(username) => paths::direct(username),
        }
    }
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

/// A room that is known from the list stands at the click; any other page waits for what the server says.
#[component]
fn RoomView(at: RoomAddress) -> impl IntoView {
    let live = use_live();
    let visit = live.enter();
    let query = use_query_map();
    let stretch = Memo::new(move |_| {
        let field = |name| query.try_read()?.get(name)?.parse::<Seq>().ok();
        Stretch::of(field("before"), field("after"), field("at"))
    });
    // The first page is drawn as the server drew it.
    let is_reached =
        browser::html_attr("data-hydrated").is_some() && stretch.get_untracked() == Stretch::Newest;
    let known = is_reached.then(|| live.with_untracked(|state| state.room_at(&at.path()).cloned())).flatten();
    let waits = RwSignal::new(known.is_none());
    // In the browser only: at the end of a page on the server this would wake what reads it while it is thrown away.
    Effect::new(move |_| on_cleanup(move || live.leave(visit)));
    view! {
        <div class="room-frame">
            {move || match known.clone().filter(|_| !waits.get()) {
                Some(room) => view! { <KnownRoom room stretch waits /> }.into_any(),
                None => view! { <AnyRoom at=at.clone() stretch /> }.into_any(),
            }}
            <RoomSkeleton />
        </div>
    }
}

/// A room of mine: its head and composer at once, its messages as soon as they are here.
#[component]
fn KnownRoom(room: RoomSummary, stretch: Memo<Stretch>, waits: RwSignal<bool>) -> impl IntoView {
    let live = use_live();
    let id = room.id;
    live.open_known(id);
    let arrived = live.arrived();
    let reloads = live.reloads();
    let before = reloads.get_untracked();
    // What the server says otherwise is another page.
    Effect::new(move |_| {
        let is_refused = arrived.get() == Some((id, false));
        if is_refused || reloads.get() != before || stretch.get() != Stretch::Newest {
            live.give_up();
            waits.set(true);
        }
    });
    view! { <OpenConversation room opens_at_new=true /> }
}

/// Whatever stands at an address.
#[component]
fn AnyRoom(at: RoomAddress, stretch: Memo<Stretch>) -> impl IntoView {
    let live = use_live();
    let join = FormState::of::<JoinRoom>();
    let entered = successes(join);
    let begun = begun(live, at.clone());
    let page = load(
        move || (stretch.get(), live.reloads().get(), entered.get(), begun.get()),
        move |(stretch, ..)| load_at(at.clone(), stretch),
    );
    move || {
        Suspend::new(async move { OwnedView::new(room(page.await, live, join, stretch.try_get_untracked())) })
    }
}

async fn load_at(at: RoomAddress, stretch: Stretch) -> Result<Page, AppError> {
    let (before, after, around) = stretch.fields();
    match at {
        RoomAddress::Room(address) => load_room(address, before, after, around).await,
        RoomAddress::Direct(username) => load_direct(username, before, after, around).await,
    }
}

fn room(
    page: Result<Page, AppError>,
    live: LiveHandle,
    join: FormState,
    stretch: Option<Stretch>,
) -> AnyView {
    match page {
        Ok(Page::Open(page)) => {
            live.open(&page);
            let (room, opens_at_new) = (page.room, stretch == Some(Stretch::Newest));
            Whole(view! { <OpenConversation room opens_at_new /> }.into_any()).into_any()
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
    let known = live.memo([Topic::Rooms, Topic::People, Topic::Timeline], move |state| {
        let RoomAddress::Direct(username) = &at else { return (false, false) };
        let is_partner = |room: &RoomSummary| {
            let partner = room.partner.and_then(|partner| state.people.get(partner));
            partner.is_some_and(|partner| partner.username.eq_ignore_ascii_case(username))
        };
        let room = state.rooms.iter().find(|room| is_partner(room)).map(|room| room.id);
        let open = state.timeline.as_ref().map(|timeline| timeline.room);
        (room.is_some(), room.is_some() && room == open)
    });
    // The page itself brings a room that is not among the newest.
    Memo::new(move |before: Option<&bool>| {
        let (is_known, is_open) = known.get();
        if is_open { before.copied().unwrap_or(is_known) } else { is_known }
    })
}
