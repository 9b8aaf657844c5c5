//! Rooms: what their pages show, making, entering and leaving them.

mod create;
mod direct;
mod find;
mod membership;
mod pages;

pub use create::{create_room, ensure_general};
pub(super) use direct::find_or_make_direct;
pub use direct::{find_direct, open_direct};
pub use find::load_summary;
pub(super) use membership::{enter, require_present};
pub use membership::{join_room, leave_room};
pub use pages::{find_room, list_channels, list_rooms, load_direct, load_overview, load_room, path_of};
