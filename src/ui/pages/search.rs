//! `/search?q=`: the people whose name has `q` in it.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};
use leptos_router::hooks::use_query_map;

use crate::{
    api::people::find_people,
    error::AppError,
    model::UserRef,
    ui::{
        components::{
            notice_page::Failure,
            page_title::PageTitle,
            room_header::PaneHeader,
            sidebar::{PeopleFinder, PersonLink},
        },
        language::language,
        page_data::load,
    },
    words::td_string,
};

#[component]
pub fn SearchPage() -> impl IntoView {
    let locale = language();
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.read().get("q").unwrap_or_default().trim().to_owned());
    let people = load(move || wanted.get(), find_people);
    let found = move || {
        let short = wanted.read().chars().count() < 2;
        Suspend::new(async move { OwnedView::new(list(people.await, short)) })
    };
    view! {
        <PageTitle text=Signal::derive(move || td_string!(locale, people.title).to_owned()) />
        <PaneHeader>
            <div class="pane-title"><h1>{td_string!(locale, people.title)}</h1></div>
        </PaneHeader>
        <div class="pane-body">
            <div class="phone-only"><PeopleFinder id="find-people-here" value=wanted.get_untracked() /></div>
            {found}
        </div>
    }
}

fn list(people: Result<Vec<UserRef>, AppError>, short: bool) -> AnyView {
    let locale = language();
    match people {
        Ok(_) if short => view! { <p class="pane-empty">{td_string!(locale, people.short)}</p> }.into_any(),
        Ok(people) if people.is_empty() => {
            view! { <p class="pane-empty">{td_string!(locale, people.none)}</p> }.into_any()
        }
        Ok(people) => {
            let rows = people.into_iter().map(|user| view! { <li><PersonLink user /></li> }).collect_view();
            view! { <ul class="people">{rows}</ul> }.into_any()
        }
        Err(error) => view! { <Failure error /> }.into_any(),
    }
}
