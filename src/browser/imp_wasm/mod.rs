//! The browser itself; what it refuses (storage that is off, say) is treated as absent.

pub(super) mod clock;
pub(super) mod document;
pub(super) mod element;
mod listener;
pub(super) mod scroll;
pub mod socket;
pub mod storage;
