//! Unsent texts, kept by the browser per room or person.

use crate::{
    browser::storage,
    model::{UserId, outbox::Target},
};

const PREFIX: &str = "papo:draft:";
const OWNER: &str = "papo:drafts_of";

/// What was written to `target` and not sent. For effects and event handlers only.
pub fn load(target: &Target) -> Option<String> {
    storage::get(&key(target))
}

/// Keeps `text` for `target`; an empty one is forgotten.
pub fn save(target: &Target, text: &str) {
    if text.is_empty() {
        storage::remove(&key(target));
    } else {
        storage::set(&key(target), text);
    }
}

/// Forgets the drafts of whoever used this browser before `user`.
pub(super) fn belong_to(user: UserId) {
    let user = user.to_string();
    if storage::get(OWNER).is_some_and(|owner| owner != user) {
        let drafts = storage::keys().into_iter().filter(|key| key.starts_with(PREFIX));
        drafts.for_each(|key| storage::remove(&key));
    }
    storage::set(OWNER, &user);
}

fn key(target: &Target) -> String {
    match target {
        Target::Room(room) => format!("{PREFIX}room:{room}"),
        Target::Person(username) => format!("{PREFIX}person:{}", username.to_ascii_lowercase()),
    }
}
