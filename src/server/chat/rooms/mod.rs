//! Rooms: what their pages show, making, entering and leaving them.

mod create;
mod direct;
mod find;
mod group;
mod membership;
mod pages;

pub use create::{create_room, ensure_general};
pub(super) use direct::find_or_make_direct;
pub use direct::{find_direct, open_direct};
pub use find::{list_marks, list_members, list_rooms, load_summary};
pub use group::create_group;
pub(super) use membership::{enter, require_present};
pub use membership::{join_room, leave_room};
pub use pages::{list_channels, load_direct, load_overview, load_room, path_of};
