//! The gate of one room: durable events go through in seq order, each once, whoever tells them first.
//!
//! Pure: no clock, no bus, no database. What is higher than the next seq is held until the ones before
//! it come, or until somebody reads them from the database and calls `advance`.

use std::collections::BTreeMap;

use crate::model::Seq;

/// More than these are not held: they will be read from the database.
const HELD_MAX: usize = 1_024;

#[derive(Debug)]
pub(in crate::server::live) struct Gate<E> {
    /// Everything up to here went through; none until the gate is open.
    seen: Option<Seq>,
    held: BTreeMap<Seq, E>,
}

impl<E> Gate<E> {
    /// A gate that holds everything until it is opened.
    pub(in crate::server::live) fn closed() -> Self {
        Self { seen: None, held: BTreeMap::new() }
    }

    pub(in crate::server::live) fn seen(&self) -> Option<Seq> {
        self.seen
    }

    /// Whether something is held that only the database may bring on.
    pub(in crate::server::live) fn is_waiting(&self) -> bool {
        self.seen.is_some() && !self.held.is_empty()
    }

    /// Begins behind `head`, the room's last seq. A gate that is open stays as it is.
    pub(in crate::server::live) fn open(&mut self, head: Seq, through: impl FnMut(Seq, E)) {
        if self.seen.is_none() {
            self.seen = Some(head);
            self.release(through);
        }
    }

    /// Takes the event of `seq`: lets it through with those that waited for it, holds it, or drops it if
    /// it is known.
    pub(in crate::server::live) fn offer(&mut self, seq: Seq, event: E, mut through: impl FnMut(Seq, E)) {
        match self.seen {
            Some(seen) if seq <= seen => {}
            Some(seen) if seq == seen.next() => {
                self.seen = Some(seq);
                through(seq, event);
                self.release(through);
            }
            _ => {
                if self.held.len() < HELD_MAX {
                    self.held.insert(seq, event);
                }
            }
        }
    }

    /// Takes what the database holds up to `head`, in seq order. Of a change that a later one replaced it holds
    /// nothing: then the last seq of which nothing is left goes through, without an event.
    pub(in crate::server::live) fn advance(
        &mut self,
        head: Seq,
        events: impl IntoIterator<Item = (Seq, E)>,
        mut through: impl FnMut(Seq, Option<E>),
    ) {
        let Some(mut seen) = self.seen else { return };
        for (seq, event) in events {
            if seq > seen && seq <= head {
                if seq > seen.next() {
                    through(Seq(seq.0 - 1), None);
                }
                seen = seq;
                through(seq, Some(event));
            }
        }
        if head > seen {
            seen = head;
            through(head, None);
        }
        self.seen = Some(seen);
        self.release(|seq, event| through(seq, Some(event)));
    }

    /// Lets through what is next, and forgets what is known.
    fn release(&mut self, mut through: impl FnMut(Seq, E)) {
        let Some(mut seen) = self.seen else { return };
        while let Some(first) = self.held.first_entry() {
            let seq = *first.key();
            if seq > seen.next() {
                break;
            }
            let event = first.remove();
            if seq == seen.next() {
                seen = seq;
                through(seq, event);
            }
        }
        self.seen = Some(seen);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn opened(head: i64) -> Gate<i64> {
        let mut gate = Gate::closed();
        gate.open(Seq(head), |_, _| {});
        gate
    }

    fn offer(gate: &mut Gate<i64>, seq: i64) -> Vec<i64> {
        let mut told = Vec::new();
        gate.offer(Seq(seq), seq, |_, event| told.push(event));
        told
    }

    #[test]
    fn the_next_goes_through_the_known_is_dropped_the_early_waits() {
        let mut gate = opened(5);
        assert_eq!(offer(&mut gate, 6), [6]);
        assert!(offer(&mut gate, 6).is_empty() && offer(&mut gate, 2).is_empty());
        assert!(offer(&mut gate, 8).is_empty() && offer(&mut gate, 9).is_empty());
        assert!(gate.is_waiting());
        assert_eq!(offer(&mut gate, 7), [7, 8, 9]);
        assert!(!gate.is_waiting());
    }

    #[test]
    fn what_came_while_the_gate_was_closed_is_told_once_it_opens() {
        let mut gate = Gate::closed();
        for seq in [4, 6, 5] {
            gate.offer(Seq(seq), seq, |_, _| panic!("the gate is closed"));
        }
        assert!(!gate.is_waiting(), "the database is being asked already");
        let mut told = Vec::new();
        gate.open(Seq(4), |_, event| told.push(event));
        assert_eq!(told, [5, 6]);
        gate.open(Seq(90), |_, _| panic!("it is open"));
        assert_eq!(gate.seen(), Some(Seq(6)));
    }

    #[test]
    fn the_database_fills_a_gap_and_tells_where_changes_were_replaced() {
        let mut gate = opened(1);
        offer(&mut gate, 5);
        offer(&mut gate, 7);
        let mut told = Vec::new();
        gate.advance(Seq(6), [(Seq(1), 1), (Seq(4), 4), (Seq(5), 5)], |seq, event| told.push((seq.0, event)));
        assert_eq!(told, [(3, None), (4, Some(4)), (5, Some(5)), (6, None), (7, Some(7))]);
        assert!(!gate.is_waiting());
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut gate = opened(0);
        for seq in 2..5_000 {
            assert!(offer(&mut gate, seq).is_empty());
        }
        assert_eq!(gate.held.len(), HELD_MAX);
    }

    proptest! {
        /// Whatever the bus loses, doubles and reorders: with the database's help everything goes through
        /// once and in order.
        #[test]
        fn everything_goes_through_once_and_in_order(
            start in 0..20_i64,
            steps in vec((1..40_i64, any::<bool>()), 0..120),
        ) {
            let mut gate = Gate::closed();
            let mut told = Vec::new();
            let head = start + 40;
            for (at, (ahead, is_repair)) in steps.into_iter().enumerate() {
                if at == 3 {
                    gate.open(Seq(start), |_, event| told.push(event));
                }
                let seq = start + ahead;
                if is_repair && let Some(Seq(seen)) = gate.seen() {
                    // The database is at least where the bus is, and may be read late.
                    let rows = (seen + 1..=seq).map(|seq| (Seq(seq), seq));
                    gate.advance(Seq(seq.max(seen)), rows, |_, event| told.extend(event));
                } else {
                    gate.offer(Seq(seq), seq, |_, event| told.push(event));
                }
            }
            gate.open(Seq(start), |_, event| told.push(event));
            let rows = (start + 1..=head).map(|seq| (Seq(seq), seq));
            gate.advance(Seq(head), rows, |_, event| told.extend(event));
            prop_assert_eq!(told, (start + 1..=head).collect::<Vec<_>>());
            prop_assert!(!gate.is_waiting());
        }
    }
}
