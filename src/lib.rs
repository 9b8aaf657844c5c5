//! Papo: a self-hosted real-time chat.
//!
//! A folder says where its code runs: `model`, `api` and `ui` on the server and in the browser,
//! `browser` in the browser, `server` on the server.

// A nested view is one type; its depth is Leptos's, not ours.
#![recursion_limit = "512"]

pub mod api;
pub mod browser;
pub mod error;
pub mod json;
pub mod model;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;
pub mod wire;
pub mod words;

/// Takes over the page that the server rendered, which is at `path`.
///
/// In one piece, once every part of it is here: an effect that ran before the rest of the page was taken over would change what the
/// server has drawn.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate(path: String) {
    console_error_panic_hook::set_once();
    #[cfg(feature = "split")]
    ui::pages::parts::fetch(&path).await;
    #[cfg(not(feature = "split"))]
    drop(path);
    leptos::mount::hydrate_body(ui::App);
}
