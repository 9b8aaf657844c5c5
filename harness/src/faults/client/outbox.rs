//! What a client has sent and nobody has answered, in the order of sending.

use std::collections::VecDeque;

/// How many acknowledged messages a client may send once more.
const REMEMBERED: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Send {
    pub(super) cid: String,
    pub(super) room: i64,
    pub(super) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Send>,
    acknowledged: VecDeque<Send>,
}

impl Outbox {
    pub(super) fn add(&mut self, send: Send) {
        self.waiting.push(send);
    }

    pub(super) fn acknowledged(&mut self, cid: &str) {
        if let Some(send) = self.take(cid) {
            self.acknowledged.push_back(send);
            if self.acknowledged.len() > REMEMBERED {
                self.acknowledged.pop_front();
            }
        }
    }

    /// Refused for good.
    pub(super) fn refused(&mut self, cid: &str) {
        self.take(cid);
    }

    fn take(&mut self, cid: &str) -> Option<Send> {
        let at = self.waiting.iter().position(|send| send.cid == cid)?;
        Some(self.waiting.remove(at))
    }

    pub(super) fn waiting(&self) -> &[Send] {
        &self.waiting
    }

    pub(super) fn has_room(&self, room: i64) -> bool {
        self.waiting.iter().any(|send| send.room == room)
    }

    /// Acknowledged messages of the rooms that the client is in.
    pub(super) fn repeatable(&self, is_in: impl Fn(i64) -> bool) -> Vec<&Send> {
        self.acknowledged.iter().filter(|send| is_in(send.room)).collect()
    }
}
