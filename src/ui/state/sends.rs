//! Unsent messages, kept by the browser per user until they are acknowledged.

use crate::{
    browser::storage,
    model::{UserId, outbox::Outbox},
};

/// What earlier pages and other tabs of `user` have not sent.
pub(super) fn load(user: UserId) -> Outbox {
    let kept = storage::get(&key(user)).and_then(|json| serde_json::from_str(&json).ok());
    kept.unwrap_or_default()
}

/// Keeps what this tab changed between `before` and `now`.
pub(super) fn save(user: UserId, before: &Outbox, now: &Outbox) {
    if before == now {
        return;
    }
    let outbox = now.merge_into(load(user), before);
    if outbox.sends.is_empty() {
        storage::remove(&key(user));
    } else if let Ok(json) = serde_json::to_string(&outbox) {
        storage::set(&key(user), &json);
    }
}

fn key(user: UserId) -> String {
    format!("papo:outbox:{user}")
}
