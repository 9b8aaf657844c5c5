//! Frames by `POST`, one at a time and in their order.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use gloo_net::{Error, http::Request};

use super::clock::{sleep, spawn};
use crate::{browser::inbox::Inbox, model::stream::Bye};

/// The session has ended.
const UNAUTHENTICATED: u16 = 401;
/// The same frame may be taken later.
const BUSY: [u16; 2] = [429, 503];
const PATIENCE: Duration = Duration::from_secs(1);

/// A way to `path` of this site. Dropping it ends it after the post that is under way.
pub struct Posts {
    path: Rc<str>,
    inbox: Inbox,
    waiting: Rc<RefCell<VecDeque<String>>>,
}

impl Posts {
    /// Answers and the end go to `inbox`.
    pub fn new(path: &str, inbox: &Inbox) -> Self {
        Self { path: path.into(), inbox: inbox.clone(), waiting: Rc::default() }
    }

    /// Sends a frame after all that were sent before.
    pub fn send(&self, frame: String) {
        self.waiting.borrow_mut().push_back(frame);
        // One that is under way stands first in line until it is answered.
        if self.waiting.borrow().len() == 1 {
            spawn(deliver(Rc::clone(&self.path), self.inbox.clone(), Rc::clone(&self.waiting)));
        }
    }
}

impl Drop for Posts {
    fn drop(&mut self) {
        self.waiting.borrow_mut().clear();
    }
}

async fn deliver(path: Rc<str>, inbox: Inbox, waiting: Rc<RefCell<VecDeque<String>>>) {
    loop {
        let Some(frame) = waiting.borrow().front().cloned() else { return };
        match post(&path, &frame).await {
            Ok((200, answer)) => inbox.push(answer),
            Ok((status, _)) if BUSY.contains(&status) => {
                sleep(PATIENCE).await;
                continue;
            }
            Ok((UNAUTHENTICATED, _)) => return inbox.close(Bye::SESSION_ENDED),
            Ok(_) | Err(_) => return inbox.close(Bye::default()),
        }
        waiting.borrow_mut().pop_front();
    }
}

async fn post(path: &str, frame: &str) -> Result<(u16, String), Error> {
    let request = Request::post(path).header("content-type", "application/json").body(frame)?;
    let response = request.send().await?;
    Ok((response.status(), response.text().await?))
}
