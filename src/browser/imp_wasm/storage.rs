//! What outlives the page: `localStorage`, which a reader may have switched off or filled.

use web_sys::{Storage, window};

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

pub fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A full store keeps what it has; the page still holds the value.
        let _ = storage.set_item(key, value);
    }
}

pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // It fails only where there is no store.
        let _ = storage.remove_item(key);
    }
}

/// The names of everything kept.
pub fn keys() -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let length = storage.length().unwrap_or(0);
    (0..length).filter_map(|at| storage.key(at).ok().flatten()).collect()
}
