//! The browser itself; what it refuses (storage that is off, say) is treated as absent.

pub(super) mod clipboard;
pub(super) mod clock;
pub mod database;
pub(super) mod document;
pub(super) mod element;
pub mod event_source;
pub mod forms;
mod listener;
pub(super) mod place;
pub mod posts;
pub mod socket;
pub mod storage;
