//! The WebSocket.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::{document, listener::Listener};
use crate::{browser::inbox::Inbox, model::stream::Bye};

/// A WebSocket to this site. Dropping it closes it.
pub struct Socket {
    inner: WebSocket,
    _listeners: [Listener; 2],
}

impl Socket {
    /// Begins to connect to `path` of this site; text frames and the end go to `inbox`.
    pub fn open(path: &str, inbox: &Inbox) -> Option<Self> {
        let inner = WebSocket::new(&document::socket_url(path)?).ok()?;
        let frames = inbox.clone();
        let message = Listener::new(&inner, "message", move |event| push_text(&frames, event));
        let end = inbox.clone();
        let close = Listener::new(&inner, "close", move |event| {
            let event: CloseEvent = event.unchecked_into();
            end.close(Bye::of_close(event.code(), &event.reason()));
        });
        Some(Self { inner, _listeners: [message, close] })
    }

    /// Sends a text frame. One that the connection can no longer carry is lost with it.
    pub fn send(&self, frame: &str) {
        let _ = self.inner.send_with_str(frame);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It fails only for a close code that is none.
        let _ = self.inner.close();
    }
}

/// Hands on the text of a `MessageEvent`; bytes are not agreed on.
pub(super) fn push_text(inbox: &Inbox, event: JsValue) {
    if let Some(text) = event.unchecked_into::<MessageEvent>().data().as_string() {
        inbox.push(text);
    }
}
