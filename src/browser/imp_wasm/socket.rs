//! The WebSocket.

use std::{pin::Pin, time::Duration};

use futures::{FutureExt, Sink, StreamExt};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};

use super::{clock::sleep, document};
use crate::browser::Closed;

/// A WebSocket to this site. Dropping it closes it.
pub struct Socket {
    inner: WebSocket,
    burst: Vec<String>,
    closed: Option<Closed>,
}

impl Socket {
    /// Begins to connect to `path` of this site.
    pub fn open(path: &str) -> Option<Self> {
        let inner = WebSocket::open(&document::socket_url(path)?).ok()?;
        Some(Self { inner, burst: Vec::new(), closed: None })
    }

    /// The next text frames: those that arrive together come together, since each answer redraws the
    /// page. Cancel-safe.
    pub async fn next(&mut self) -> Result<Vec<String>, Closed> {
        while self.burst.is_empty() {
            if let Some(closed) = self.closed {
                return Err(closed);
            }
            let frame = self.inner.next().await;
            self.take(frame);
        }
        if document::visible() {
            // Frames that wait in the browser's queue are handed over one task each. A hidden page's
            // timers may take a minute, so there each frame goes alone.
            sleep(Duration::ZERO).await;
        }
        while let Some(frame) = self.inner.next().now_or_never().filter(|_| self.closed.is_none()) {
            self.take(frame);
        }
        Ok(std::mem::take(&mut self.burst))
    }

    /// Sends a text frame. One that the connection can no longer carry is lost with it.
    pub fn send(&mut self, frame: String) {
        let _ = Pin::new(&mut self.inner).start_send(Message::Text(frame));
    }

    fn take(&mut self, frame: Option<Result<Message, WebSocketError>>) {
        match frame {
            Some(Ok(Message::Text(text))) => self.burst.push(text),
            Some(Err(WebSocketError::ConnectionClose(close))) => {
                self.closed = Some(Closed { code: Some(close.code) });
            }
            None => self.closed = Some(Closed { code: None }),
            // No bytes are agreed on; and after an error comes the close.
            Some(Ok(Message::Bytes(_)) | Err(_)) => {}
        }
    }
}
