//! Everything that touches the browser: all web-sys is in here.
//!
//! Two twins offer the same functions: `imp_wasm` does them, `imp_stub` stands in on the server, where
//! they do nothing and answer `None`. Only effects, event handlers and tasks of `ui` call them, never the
//! body of a component, so that the server's HTML and the browser's agree.

#[cfg(not(feature = "hydrate"))]
mod imp_stub;
#[cfg(feature = "hydrate")]
mod imp_wasm;
pub mod inbox;

#[cfg(not(feature = "hydrate"))]
use imp_stub as imp;
#[cfg(feature = "hydrate")]
use imp_wasm as imp;

pub use imp::{
    clipboard::*, clock::*, database, document::*, element::*, event_source, forms, place::*, posts, socket,
    storage,
};

use crate::model::Seq;

/// Where a reader is among the rows of a scroller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The first message in sight, and the last one that is wholly in sight.
    pub first: Option<Seq>,
    pub last: Option<Seq>,
    pub is_at_end: bool,
    /// Few rows are left above, or below.
    pub wants_older: bool,
    pub wants_newer: bool,
}

/// What a form was answered.
#[derive(Clone, Debug)]
pub struct FormAnswer {
    pub status: u16,
    pub text: String,
    /// The page to go to.
    pub leads_to: Option<String>,
}
