//! What waits for one stream: typed events, in their order.

use std::{collections::VecDeque, sync::Arc};

use super::byte_queue::{Added, Kind, QUEUE_BYTES};
use crate::server::live::encoded::{EncodedEvent, News};

/// Events that wait until the connection's task takes them.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: VecDeque<Arc<EncodedEvent>>,
    /// How much they count together.
    bytes: usize,
}

impl EventQueue {
    /// Adds all of the events or none: what comes at once is never too much for an empty queue.
    pub(super) fn add(&mut self, news: &News, kind: Kind) -> Added {
        let is_full = self.bytes > 0 && self.bytes + news.weight > QUEUE_BYTES;
        match kind {
            _ if news.events.is_empty() => return Added::Nothing,
            // May be lost: a reader who is behind does not get it, and is not closed for it.
            Kind::Ephemeral if is_full || self.bytes > QUEUE_BYTES / 2 => return Added::Nothing,
            Kind::Durable | Kind::Answer if is_full => return Added::Overflow,
            Kind::Durable | Kind::Answer | Kind::Ephemeral => {}
        }
        self.bytes += news.weight;
        self.events.extend(news.events.iter().cloned());
        Added::All
    }

    /// Takes events of about `most` bytes out, at least one if there is any.
    pub(super) fn take(&mut self, most: usize) -> Vec<Arc<EncodedEvent>> {
        let mut taken = Vec::new();
        let before = self.bytes;
        while before - self.bytes < most
            && let Some(event) = self.events.pop_front()
        {
            self.bytes -= event.weight();
            taken.push(event);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::AppError, model::Ephemeral, server::live::encoded::Audience};

    /// Events of about so many bytes each.
    fn news(count: usize, bytes: usize) -> News {
        let event = Ephemeral::refused(None, AppError::Internal { request_id: "e".repeat(bytes) });
        News::of(&vec![event.into(); count], Audience { sockets: false, streams: true })
    }

    #[test]
    fn what_is_taken_by_and_by_is_counted() {
        let mut queue = EventQueue::default();
        assert_eq!(queue.add(&news(5, 1_000), Kind::Durable), Added::All);
        assert_eq!(queue.take(1_500).len(), 2);
        assert_eq!(queue.take(1).len(), 1);
        assert!(queue.bytes > 2_000);
        assert_eq!(queue.take(QUEUE_BYTES).len(), 2);
        assert!(queue.take(1).is_empty() && queue.bytes == 0);
    }

    #[test]
    fn more_than_fits_overflows_and_what_may_be_lost_does_not() {
        let mut queue = EventQueue::default();
        assert_eq!(
            queue.add(&news(2, QUEUE_BYTES), Kind::Durable),
            Added::All,
            "alone it may be of any length"
        );
        assert_eq!(queue.add(&news(1, 1), Kind::Ephemeral), Added::Nothing);
        assert_eq!(queue.add(&news(1, 1), Kind::Durable), Added::Overflow);
        assert_eq!(queue.take(3 * QUEUE_BYTES).len(), 2, "nothing was added in between");
        assert_eq!(queue.add(&news(1, QUEUE_BYTES / 4), Kind::Ephemeral), Added::All);
        assert_eq!(queue.add(&news(1, QUEUE_BYTES), Kind::Ephemeral), Added::Nothing);
        assert_eq!(queue.add(&news(1, QUEUE_BYTES / 4), Kind::Durable), Added::All);
    }
}
