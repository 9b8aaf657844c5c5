//! Server-sent events.

use web_sys::EventSource as Source;

use super::{listener::Listener, socket::push_text};
use crate::{browser::inbox::Inbox, model::stream::Bye};

/// A stream of events from this site. Dropping it ends it.
pub struct EventSource {
    inner: Source,
    _listeners: [Listener; 2],
}

impl EventSource {
    /// Begins to listen to `path` of this site; events and the end go to `inbox`.
    pub fn open(path: &str, inbox: &Inbox) -> Option<Self> {
        let inner = Source::new(path).ok()?;
        let frames = inbox.clone();
        let message = Listener::new(&inner, "message", move |event| push_text(&frames, event));
        // The browser would try again by its own rules.
        let (source, end) = (inner.clone(), inbox.clone());
        let error = Listener::new(&inner, "error", move |_| {
            source.close();
            end.close(Bye::default());
        });
        Some(Self { inner, _listeners: [message, error] })
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        self.inner.close();
    }
}
