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

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(ui::App);
}
