//! What people see. Runs on the server for the first HTML and in the browser from then on.
//!
//! `pages` has one file per address, `components` what they are made of, `state` what outlives a view.
//! Every word is in `crate::words`. Nothing here names `server`, and browser work goes through `browser`.

pub mod app;
pub mod called;
pub mod components;
pub mod language;
pub mod page_data;
pub mod pages;
pub mod plain_document;
pub mod shell;
pub mod state;
pub mod whole;

pub use app::App;
pub use shell::shell;
