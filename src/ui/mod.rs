//! What people see. Runs on the server for the first HTML and in the browser from then on.
//!
//! `pages` has one file per address, `components` what they are made of, `state` what outlives a view,
//! `locales` every word. Nothing here names `server`, and browser work goes through `browser`.

#![expect(
    deprecated,
    reason = "the successor of load_locales! is a build script with all of ICU's data in its dependencies"
)]

pub mod app;
pub mod called;
pub mod components;
pub mod dates;
pub mod escape;
pub mod fill;
pub mod language;
pub mod page_data;
pub mod pages;
pub mod plain_document;
pub mod shell;
pub mod state;
pub mod whole;
pub mod words;

pub use app::App;
pub use shell::shell;

leptos_i18n::load_locales!();
