//! Tests of the store, each on both engines.

mod abilities;
mod channels;
mod deadlines;
pub(in crate::server) mod engines;
pub(in crate::server) mod factory;
mod history;
mod holdings;
mod invitations;
mod marks;
mod members;
mod messages;
mod nodes;
mod opening;
mod outbox;
mod people;
mod posts;
mod rooms;
mod sessions;
mod summaries;
mod tokens;
mod transactions;
mod upgrades;
mod users;

use super::{StoreError, Tx};
use engines::{TestDb, on_both_engines};
use factory::{NOW, a_channel, a_direct, a_group, a_member, a_user, enter, read_up_to, say};

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine| {
        let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}
