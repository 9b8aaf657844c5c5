//! Lists whose rows come, go and change places. One `<For>` serves them all, since each one of its own is
//! compiled anew, with all that compares, moves and hydrates its rows.

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash},
    sync::Arc,
};

use leptos::prelude::*;

struct Entry {
    key: u64,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Draws each of `rows`; one that keeps its key keeps its elements.
pub fn list<T, K: Hash>(
    rows: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: impl Fn(&T) -> K + Send + Sync + 'static,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
{
    let view = Arc::new(view);
    entries(Box::new(move || {
        let entry = |row| {
            let (key, view) = (hash(key(&row)), Arc::clone(&view));
            Entry { key, draw: Box::new(move || view(row)) }
        };
        rows().into_iter().map(entry).collect()
    }))
}

fn entries(each: Box<dyn Fn() -> Vec<Entry> + Send + Sync>) -> AnyView {
    view! { <For each key=|entry| entry.key children=|entry| (entry.draw)() /> }.into_any()
}

fn hash(key: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
}
