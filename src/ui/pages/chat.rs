//! What stands around every page of a signed-in reader: the side list, and the live connection.

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};
use leptos_router::{
    components::Outlet,
    hooks::{use_location, use_query_map},
};

use crate::{
    api::rooms::load_overview,
    error::AppError,
    model::{page::Overview, paths},
    ui::{
        called::provide_names,
        components::{
            notice_page::Failure,
            sidebar::{Sidebar, more_rooms::ROOMS_PLACE},
        },
        page_data::load_once,
        state::live::provide_live,
        whole::Whole,
    },
};

/// Loads who I am once, and draws the pages inside it.
///
/// The `Suspend` stands without a `<Suspense>` on purpose: on the server that one runs its children more
/// than once, and the resources made in them would then have other ids than in the browser.
#[component]
pub fn ChatLayout() -> impl IntoView {
    let rooms = use_query_map().read_untracked().get(ROOMS_PLACE).unwrap_or_default();
    let overview = load_once(load_overview(rooms));
    move || Suspend::new(async move { OwnedView::new(frame(overview.await)) })
}

fn frame(overview: Result<Overview, AppError>) -> AnyView {
    match overview {
        Ok(overview) => {
            provide_names(provide_live(overview));
            view! { <Frame /> }.into_any()
        }
        Err(error) => view! { <main id="main" class="pane"><Failure error /></main> }.into_any(),
    }
}

/// List and pane side by side; on a phone the address says which of them is seen.
#[component]
fn Frame() -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <div class="chat" class:at-list=move || *path.read() == paths::HOME>
            {Whole(view! { <Sidebar /> }.into_any())}
            <main id="main" class="pane" tabindex="-1">
                <Outlet />
            </main>
        </div>
    }
}
