//! What the views share and what outlives a view: the live state, forms, the reader's zone and theme,
//! drafts and toasts. Browser work goes through `browser`; nothing here draws.

mod connection;
pub mod drafts;
pub mod form;
pub mod live;
pub mod preferences;
mod sends;
pub mod toasts;
pub mod zone;
