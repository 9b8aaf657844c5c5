//! Rooms: what their pages show, making, entering and leaving them.

mod admission;
mod caps;
mod create;
mod direct;
mod directory;
mod find;
mod first_members;
mod group;
mod membership;
mod pages;
mod roles;

pub use admission::{Admitted, invite_member, list_invited, remove_member};
pub(super) use admission::{write_admission, write_removal};
pub(super) use caps::{check, check_entry, full, hold};
pub use create::{NewChannel, create_channel, create_room, ensure_general};
pub(super) use direct::find_or_make_direct;
pub use direct::{find_direct, open_direct};
pub use directory::{fill_directory, find_channels, list_channels, load_channel};
pub(super) use find::read_rooms;
pub use find::{
    count_rooms, find_id, find_member, list_all_rooms, list_marks, list_members, list_rooms, load_summary,
    load_summary_and_people, made_at,
};
pub use group::{GROUP_MAX, NewGroup, create_group};
pub(super) use membership::{enter, write_entry, write_leaving};
pub use membership::{join_room, leave_room};
pub use pages::{load_direct, load_overview, load_room, path_of};
pub use roles::change_role;
pub(super) use roles::write_role;
