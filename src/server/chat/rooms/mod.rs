//! Rooms: what their pages show, making, entering and leaving them.

mod create;
mod membership;
mod pages;

pub(super) use create::create_direct;
pub use create::{create_room, ensure_general};
pub(super) use membership::{enter, require_present};
pub use membership::{join_room, leave_room};
pub use pages::{list_channels, load_direct, load_overview, load_room, path_of};
