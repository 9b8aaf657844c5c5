//! Frames by `POST`.

use crate::browser::inbox::Inbox;

pub struct Posts;

impl Posts {
    pub fn new(_path: &str, _inbox: &Inbox) -> Self {
        Self
    }

    pub fn send(&self, _frame: String) {}
}
