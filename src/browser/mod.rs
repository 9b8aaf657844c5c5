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
    clipboard::*, clock::*, database, document::*, element::*, event_source, posts, scroll::*, socket,
    storage,
};
