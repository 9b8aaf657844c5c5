//! The messages of a room that are at hand, and which of them are drawn.
//!
//! Both are bounded, whatever arrives or is scrolled to: what is far from the reader is let go, and fetched again.

mod drawing;
mod tail;

use std::sync::Arc;

pub use self::drawing::FOLD_FROM;
use self::tail::{Tail, replace_older};

use super::{
    Message, Seq,
    page::{HistoryPage, Stretch},
};

/// A contiguous stretch of a room's messages, a part of which is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Ascending by seq.
    messages: Vec<Arc<Message>>,
    pub has_older: bool,
    /// True while the stretch ends before the room's newest message; new ones then go to the tail.
    pub has_newer: bool,
    tail: Tail,
    /// The first that is drawn; the first at hand if none.
    first: Option<Seq>,
    /// The last that is drawn; if none the last at hand, also when others arrive.
    last: Option<Seq>,
    /// The reader looks at the end of what is drawn.
    is_at_end: bool,
}

/// Where the reader goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Older,
    Newer,
    /// To the newest message.
    End,
    /// To this message.
    To(Seq),
}

/// A page that must be fetched, and what of the room was at hand when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub stretch: Stretch,
    after: Seq,
}

impl Window {
    /// A page, read when `cursor` was the room's last seq.
    pub(super) fn new(page: &HistoryPage, cursor: Seq) -> Self {
        Self {
            messages: page.messages.iter().cloned().map(Arc::new).collect(),
            has_older: page.has_older,
            has_newer: page.has_newer,
            tail: if page.has_newer { Tail::after_all(cursor) } else { Tail::default() },
            is_at_end: true,
            ..Self::default()
        }
    }

    /// All that are at hand.
    pub fn messages(&self) -> &[Arc<Message>] {
        &self.messages
    }

    /// Those that are drawn.
    pub fn shown(&self) -> &[Arc<Message>] {
        &self.messages[self.range()]
    }

    /// Whether there are messages before those that are drawn.
    pub fn goes_on_above(&self) -> bool {
        self.has_older || self.range().start > 0
    }

    /// Whether there are messages after those that are drawn.
    pub fn goes_on_below(&self) -> bool {
        self.has_newer || self.range().end < self.messages.len()
    }

    pub fn oldest(&self) -> Option<Seq> {
        self.messages.first().map(|message| message.seq)
    }

    pub fn newest(&self) -> Option<Seq> {
        self.messages.last().map(|message| message.seq)
    }

    /// Draws what the reader goes to. If it is not at hand, the page that `take_page` must be given is wanted.
    pub(super) fn turn(&mut self, turn: Turn) -> Option<Wanted> {
        let (is_done, stretch) = match turn {
            Turn::Older => (self.show_older(), self.oldest().filter(|_| self.has_older).map(Stretch::Before)),
            Turn::Newer => (self.show_newer(), self.newest().filter(|_| self.has_newer).map(Stretch::After)),
            Turn::End => (self.show_end(), Some(Stretch::Newest)),
            Turn::To(seq) => (self.show_around(seq), Some(Stretch::Around(seq))),
        };
        let stretch = stretch.filter(|_| !is_done)?;
        Some(Wanted { stretch, after: self.tail.after() })
    }

    /// Takes in a page that was wanted, if it still fits.
    pub(super) fn take_page(&mut self, wanted: Wanted, page: HistoryPage) {
        match wanted.stretch {
            Stretch::Before(seq) => self.prepend(seq, page),
            Stretch::After(seq) => self.append(seq, page, wanted),
            Stretch::Newest | Stretch::Around(_) => self.replace(page, wanted),
        }
    }

    /// Whether it is a page as it was read, of which nothing was drawn yet.
    pub(super) const fn is_untouched(&self) -> bool {
        self.first.is_none() && self.last.is_none()
    }

    /// Tells whether the reader looks at the end of what is drawn.
    pub(super) fn set_at_end(&mut self, is_at_end: bool) {
        self.is_at_end = is_at_end;
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Takes in a new or changed message.
    pub(super) fn take(&mut self, message: Message) {
        match self.messages.binary_search_by_key(&message.seq, |known| known.seq) {
            Ok(at) => replace_older(&mut self.messages[at], message),
            // Older than the stretch: it comes with its page.
            Err(0) if self.has_older && !self.messages.is_empty() => {}
            Err(at) if at == self.messages.len() && self.has_newer => self.tail.take(message),
            Err(at) => {
                self.messages.insert(at, Arc::new(message));
                self.keep_shown_small();
                self.let_go();
            }
        }
    }

    /// Puts the page before `before` in front, if the stretch still begins there.
    fn prepend(&mut self, before: Seq, page: HistoryPage) {
        if self.oldest() != Some(before) {
            return;
        }
        self.first.get_or_insert(before);
        self.messages.splice(0..0, page.messages.into_iter().map(Arc::new));
        self.has_older = page.has_older;
        self.show_older();
        self.let_go();
    }

    /// Puts the page after `after` at the end, if the stretch still ends there.
    fn append(&mut self, after: Seq, page: HistoryPage, asked: Wanted) {
        if self.newest() != Some(after) || !self.has_newer {
            return;
        }
        self.last.get_or_insert(after);
        self.messages.extend(page.messages.into_iter().map(Arc::new));
        self.has_newer = page.has_newer || !self.join_tail(asked);
        self.show_newer();
        self.let_go();
    }

    /// Puts a page in the place of the stretch.
    fn replace(&mut self, page: HistoryPage, asked: Wanted) {
        if !self.has_newer {
            let before = self.oldest().map_or(self.tail.after(), |oldest| Seq(oldest.0 - 1));
            self.tail = Tail::of(std::mem::take(&mut self.messages), before);
        }
        self.messages = page.messages.into_iter().map(Arc::new).collect();
        self.has_older = page.has_older;
        let shown = self.messages.len();
        self.has_newer = page.has_newer || !self.join_tail(asked);
        if asked.stretch != Stretch::Newest || !self.show_end() {
            self.show(0..shown);
        }
    }

    /// Goes on with the tail, after a page that was the last one when it was read. False if something between them may be missing.
    fn join_tail(&mut self, asked: Wanted) -> bool {
        let newest = self.newest().unwrap_or_default();
        // A page that is read later has all that was known when it was asked for.
        if self.tail.after() > newest && self.tail.after() != asked.after {
            return false;
        }
        let tail = self.tail.take_messages().into_iter();
        self.messages.extend(tail.filter(|message| message.seq > newest));
        true
    }
}

#[cfg(test)]
mod tests;
