//! The browser where there is none: the twin of `imp_wasm`, for the server.

pub(super) mod clipboard;
pub(super) mod clock;
pub mod database;
pub(super) mod document;
pub(super) mod element;
pub mod event_source;
pub mod forms;
pub(super) mod place;
pub mod posts;
pub mod socket;
pub mod storage;
