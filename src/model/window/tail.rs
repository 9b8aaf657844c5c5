//! The newest messages of a room, while the stretch that the reader is in ends before them.

use std::sync::Arc;

use crate::model::{Message, Seq};

/// How many are kept.
const TAIL_MAX: usize = 200;

/// All messages of the room after `after`, ascending by seq.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    messages: Vec<Arc<Message>>,
    after: Seq,
}

impl Tail {
    /// The room has no message after `after`.
    pub(super) const fn after_all(after: Seq) -> Self {
        Self { messages: Vec::new(), after }
    }

    /// The last of `messages`, which are all after `after`.
    pub(super) fn of(mut messages: Vec<Arc<Message>>, after: Seq) -> Self {
        let kept = messages.split_off(messages.len().saturating_sub(TAIL_MAX));
        Self { after: messages.last().map_or(after, |last| last.seq), messages: kept }
    }

    pub(super) const fn after(&self) -> Seq {
        self.after
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn take_messages(&mut self) -> Vec<Arc<Message>> {
        std::mem::take(&mut self.messages)
    }

    pub(super) fn take(&mut self, message: Message) {
        if message.seq <= self.after {
            return;
        }
        match self.messages.binary_search_by_key(&message.seq, |known| known.seq) {
            Ok(at) => replace_older(&mut self.messages[at], message),
            Err(at) => self.messages.insert(at, Arc::new(message)),
        }
        if self.messages.len() > TAIL_MAX {
            self.after = self.messages.remove(0).seq;
        }
    }
}

/// Puts the newer state of a message in the place of the older one.
pub(super) fn replace_older(known: &mut Arc<Message>, message: Message) {
    if known.changed_seq < message.changed_seq {
        *known = Arc::new(message);
    }
}
