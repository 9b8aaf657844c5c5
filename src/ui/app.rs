//! The root of the app: what every page shares, and which page stands at which address.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    Lazy, SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use super::{
    components::toasts::ToastList,
    language::provide_language,
    pages::{
        chat::ChatLayout,
        home::HomePage,
        not_found::NotFoundPage,
        parts::{DirectoryRoute, NewRoomRoute, RegisterRoute, SearchRoute, SettingsRoute, SignInRoute},
        room::{DirectPage, RoomPage},
    },
    state::{preferences::provide_theme, toasts::provide_toasts, zone::provide_zone},
};
use crate::{browser, words::td_string};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let locale = provide_language();
    provide_theme();
    provide_zone();
    provide_toasts();
    Effect::new(|_| browser::set_html_attr("data-hydrated", ""));

    view! {
        <a class="skip-link" href="#main" rel="external">
            {td_string!(locale, skip)}
        </a>
        <Router>
            <Pages />
        </Router>
        <ToastList />
    }
}

/// Every page waits for its data on the server, so that it is whole without JavaScript.
#[component]
fn Pages() -> impl IntoView {
    view! {
        <Routes fallback=|| view! { <NotFoundPage /> }>
            <Route path=path!("/login") view={Lazy::<SignInRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/register") view={Lazy::<RegisterRoute>::new()} ssr=SsrMode::Async />
            <ParentRoute path=path!("") view=ChatLayout ssr=SsrMode::Async>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/rooms") view={Lazy::<DirectoryRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/rooms/new") view={Lazy::<NewRoomRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/rooms/:address") view=RoomPage ssr=SsrMode::Async />
                <Route path=path!("/dm/:username") view=DirectPage ssr=SsrMode::Async />
                <Route path=path!("/search") view={Lazy::<SearchRoute>::new()} ssr=SsrMode::Async />
                <Route path=path!("/settings") view={Lazy::<SettingsRoute>::new()} ssr=SsrMode::Async />
            </ParentRoute>
        </Routes>
    }
}
