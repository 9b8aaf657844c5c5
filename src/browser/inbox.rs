//! What a connection has received and nobody has read yet. Sockets, event sources and posts fill it.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

use super::{sleep, visible};
use crate::model::stream::Bye;

/// A handle to the frames that wait, shared with what receives them.
#[derive(Clone, Default)]
pub struct Inbox(Rc<RefCell<Waiting>>);

#[derive(Default)]
struct Waiting {
    frames: Vec<String>,
    closed: Option<Bye>,
    reader: Option<Waker>,
}

impl Inbox {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a frame; none comes after the end.
    pub fn push(&self, frame: String) {
        self.change(|waiting| {
            if waiting.closed.is_none() {
                waiting.frames.push(frame);
            }
        });
    }

    /// Notes that nothing more will come; the first reason counts.
    pub fn close(&self, bye: Bye) {
        self.change(|waiting| {
            waiting.closed.get_or_insert(bye);
        });
    }

    /// The next frames: those that arrive together come together, since each answer redraws the page.
    /// Cancel-safe.
    pub async fn next(&self) -> Result<Vec<String>, Bye> {
        let arrived = poll_fn(|context| {
            let mut waiting = self.0.borrow_mut();
            match (waiting.frames.is_empty(), waiting.closed) {
                (false, _) => Poll::Ready(Ok(())),
                (true, Some(bye)) => Poll::Ready(Err(bye)),
                (true, None) => {
                    waiting.reader = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        });
        arrived.await?;
        if visible() {
            // Frames that wait in the browser's queue are handed over one task each. A hidden page's
            // timers may take a minute, so there each frame goes alone.
            sleep(Duration::ZERO).await;
        }
        Ok(std::mem::take(&mut self.0.borrow_mut().frames))
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.0.borrow_mut();
        change(&mut waiting);
        if let Some(reader) = waiting.reader.take() {
            reader.wake();
        }
    }
}
