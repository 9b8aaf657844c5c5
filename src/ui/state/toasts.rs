//! Short notes about what an action did; they go by themselves.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser;

const LIFE: Duration = Duration::from_secs(6);

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    pub id: u32,
    pub text: String,
}

/// The notes now in sight.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    last_id: StoredValue<u32>,
    held: StoredValue<bool>,
}

/// Provides the toasts for `use_toasts`; once, near the root.
pub fn provide_toasts() {
    provide_context(Toasts::empty());
}

/// The provided toasts.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(Toasts::empty)
}

impl Toasts {
    fn empty() -> Self {
        Self { list: RwSignal::new(Vec::new()), last_id: StoredValue::new(0), held: StoredValue::new(false) }
    }

    pub fn list(self) -> Signal<Vec<Toast>> {
        self.list.into()
    }

    /// Shows `text` for six seconds.
    pub fn show(self, text: String) {
        let id = self.last_id.get_value() + 1;
        self.last_id.set_value(id);
        self.list.update(|list| list.push(Toast { id, text }));
        browser::spawn(self.expire(id));
    }

    pub fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }

    /// Keeps all toasts while the pointer or the focus is among them.
    pub fn hold(self, held: bool) {
        self.held.set_value(held);
    }

    async fn expire(self, id: u32) {
        browser::sleep(LIFE).await;
        while self.held.try_get_value() == Some(true) {
            browser::sleep(Duration::from_secs(1)).await;
        }
        self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}
