//! Pages beside the rooms. In the browser each is a part of its own, fetched when its page is first opened (feature `split`;
//! without it all are in the one file, as `cargo leptos watch` builds them).

use std::pin::Pin;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::LazyRoute;

use super::{
    directory::DirectoryPage, new_room::NewRoomPage, register::RegisterPage, search::SearchPage,
    settings::SettingsPage, sign_in::SignInPage,
};
#[cfg(feature = "split")]
use crate::{browser, model::paths};
use crate::{error::AppError, ui::components::notice_page::Failure};

/// How long after a failed try a page that stands already fetches its part again.
#[cfg(feature = "split")]
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// A page, or why its part did not come.
type Part = Pin<Box<dyn Future<Output = Result<AnyView, SplitLoaderError>>>>;

macro_rules! part {
    ($route:ident, $page:ident, $view:ident, $load:ident) => {
        pub struct $route;

        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                arrived(Box::pin($view())).await
            }

            async fn preload() {
                #[cfg(feature = "split")]
                // `view` tries again.
                drop($load().await);
            }
        }

        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($view, wasm_split_path = leptos::wasm_split, preload($load), fallible)]
        fn $view() -> Result<AnyView, SplitLoaderError> {
            Ok(view! { <$page /> }.into_any())
        }

        #[cfg(not(feature = "split"))]
        async fn $view() -> Result<AnyView, SplitLoaderError> {
            Ok(view! { <$page /> }.into_any())
        }
    };
}

part!(SignInRoute, SignInPage, sign_in_part, load_sign_in_part);
part!(RegisterRoute, RegisterPage, register_part, load_register_part);
part!(DirectoryRoute, DirectoryPage, directory_part, load_directory_part);
part!(NewRoomRoute, NewRoomPage, new_room_part, load_new_room_part);
part!(SearchRoute, SearchPage, search_part, load_search_part);
part!(SettingsRoute, SettingsPage, settings_part, load_settings_part);

/// The page once its part is here, or that it did not come and may be asked for again.
async fn arrived(part: Part) -> AnyView {
    match part.await {
        Ok(page) => page,
        Err(_) => view! { <Failure error=AppError::UNAVAILABLE /> }.into_any(),
    }
}

/// Fetches the part of the page at `path`, if it has one, until it is here. Before that nothing of the page is taken over: it
/// works meanwhile as without JavaScript.
#[cfg(feature = "split")]
pub async fn fetch(path: &str) {
    while load(path).await.is_err() {
        browser::sleep(PAUSE).await;
    }
}

#[cfg(feature = "split")]
async fn load(path: &str) -> Result<(), SplitLoaderError> {
    match path {
        paths::SIGN_IN => load_sign_in_part().await,
        paths::REGISTER => load_register_part().await,
        paths::ROOMS => load_directory_part().await,
        paths::NEW_ROOM => load_new_room_part().await,
        paths::SEARCH => load_search_part().await,
        paths::SETTINGS => load_settings_part().await,
        _ => Ok(()),
    }
}
