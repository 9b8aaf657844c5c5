//! Which of the messages at hand are drawn, and which are let go.

use std::{ops::Range, sync::Arc};

use super::{Window, tail::Tail};
use crate::model::{Message, Seq, page::HISTORY_PAGE};

/// How many messages are kept, at most.
pub(super) const KEPT_MAX: usize = 1_000;
/// So many are let go at once.
pub(super) const LET_GO: usize = 100;
/// How many rows are drawn, at most.
pub(super) const SHOWN_MAX: usize = 200;
/// From so many on, notices in a row are one row.
pub const FOLD_FROM: usize = 4;
/// How many more are drawn, or fewer, when the reader comes near an end.
const STEP: usize = HISTORY_PAGE;
/// At the end of the room so many are taken away at once.
const STEP_AT_END: usize = 10;

impl Window {
    /// Draws older messages that are at hand; false if there are none.
    pub(super) fn show_older(&mut self) -> bool {
        let Range { start, end } = self.range();
        if start == 0 {
            return false;
        }
        let start = start.saturating_sub(STEP);
        let end = start + fitting(self.messages[start..end].iter());
        self.show(start..end);
        true
    }

    /// Draws newer messages that are at hand; false if there are none.
    pub(super) fn show_newer(&mut self) -> bool {
        let Range { start, end } = self.range();
        if end == self.messages.len() {
            self.show(start..end);
            return false;
        }
        let end = (end + STEP).min(self.messages.len());
        let start = end - fitting(self.messages[start..end].iter().rev());
        self.show(start..end);
        true
    }

    /// Draws the end of the room; false if it is not at hand.
    pub(super) fn show_end(&mut self) -> bool {
        if self.has_newer {
            if self.tail.len() < HISTORY_PAGE {
                return false;
            }
            self.messages = self.tail.take_messages();
            (self.has_older, self.has_newer) = (true, false);
        }
        let end = self.messages.len();
        self.show(end.saturating_sub(2 * STEP)..end);
        self.is_at_end = true;
        true
    }

    /// Draws the message `seq`, or the next one, with what stands around it; false if it is not at hand.
    pub(super) fn show_around(&mut self, seq: Seq) -> bool {
        let at = self.messages.partition_point(|known| known.seq < seq);
        let is_before = at == 0 && self.has_older && self.oldest() != Some(seq);
        if is_before || (at == self.messages.len() && self.has_newer) {
            return false;
        }
        self.show(at.saturating_sub(STEP)..(at + STEP).min(self.messages.len()));
        true
    }

    /// Whether as many messages are drawn as there may be rows.
    pub fn is_full(&self) -> bool {
        self.shown().len() >= SHOWN_MAX
    }

    pub(super) fn range(&self) -> Range<usize> {
        let start = self.first.map_or(0, |first| self.messages.partition_point(|known| known.seq < first));
        let end = self
            .last
            .map_or(self.messages.len(), |last| self.messages.partition_point(|known| known.seq <= last));
        start..end.max(start)
    }

    pub(super) fn show(&mut self, range: Range<usize>) {
        let is_end = range.end == self.messages.len() && !self.has_newer;
        self.first = (range.start > 0).then(|| self.messages[range.start].seq);
        self.last = (!is_end && range.end > 0).then(|| self.messages[range.end - 1].seq);
    }

    /// After a message came: a reader at the end loses the oldest rows, one who reads further up sees no more below.
    pub(super) fn keep_shown_small(&mut self) {
        let Range { start, end } = self.range();
        let fitting = fitting(self.messages[start..end].iter().rev());
        if start + fitting == end || self.last.is_some() {
            return;
        }
        if self.is_at_end {
            self.show(end - fitting.saturating_sub(STEP_AT_END).max(1)..end);
        } else {
            self.last = Some(self.messages[end - 2].seq);
        }
    }

    /// Lets go of what is farthest from the reader.
    pub(super) fn let_go(&mut self) {
        if self.messages.len() <= KEPT_MAX {
            return;
        }
        let Range { start, end } = self.range();
        let below = self.messages.len() - end;
        if start == 0 && below == 0 {
            // All of it is drawn: very many folded lines.
            return;
        }
        if start >= below {
            self.messages.drain(..LET_GO.min(start));
            self.has_older = true;
            return;
        }
        let gone = self.messages.split_off(self.messages.len() - LET_GO.min(below));
        if !self.has_newer {
            let after = self.newest().unwrap_or_default();
            self.tail = Tail::of(gone, after);
            self.has_newer = true;
        }
    }
}

/// How many of `messages` are drawn as at most `SHOWN_MAX` rows. Many notices in a row are folded into one.
fn fitting<'a>(messages: impl Iterator<Item = &'a Arc<Message>>) -> usize {
    let (mut rows, mut notices) = (0, 0);
    let fits = |message: &&Arc<Message>| {
        if message.notice.is_none() {
            (rows, notices) = (rows + 1, 0);
        } else {
            notices += 1;
            match notices {
                FOLD_FROM => rows -= FOLD_FROM - 2,
                _ if notices < FOLD_FROM => rows += 1,
                _ => {}
            }
        }
        rows <= SHOWN_MAX
    };
    messages.take_while(fits).count()
}
