//! What outlives the page.

pub fn get(_key: &str) -> Option<String> {
    None
}

pub fn set(_key: &str, _value: &str) {}

pub fn remove(_key: &str) {}

pub fn keys() -> Vec<String> {
    Vec::new()
}
