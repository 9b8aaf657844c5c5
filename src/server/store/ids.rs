//! The ids of rows, made here and not by the database.
//!
//! Strictly increasing in one process, roughly by time across nodes, and below 2^53, so that they
//! are exact as JSON numbers: milliseconds since 2024 (41 bits), node (4 bits), counter (8 bits).

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::model::Timestamp;

/// 2024-01-01T00:00:00Z, in milliseconds since 1970.
const START_MS: i64 = 1_704_067_200_000;
/// How many servers may share a database. The number after their last belongs to commands.
pub const NODES: i64 = 15;
const COMMANDS: i64 = NODES;

/// This process's number among those that share the database.
static NODE: AtomicI64 = AtomicI64::new(0);
/// Milliseconds and counter of the last id, side by side, so that a full counter runs into the next
/// millisecond.
static LAST: AtomicI64 = AtomicI64::new(0);

/// Makes ids as the node of this number from now on.
pub fn number_node(number: i64) {
    NODE.store(number & 0xf, Ordering::Relaxed);
}

/// Makes ids as `papo user` and its like do, beside running servers.
pub fn number_command() {
    number_node(COMMANDS);
}

/// An id that no other call gets.
pub fn next_id() -> i64 {
    let now = now_ms() << 8;
    let mut last = LAST.load(Ordering::Relaxed);
    loop {
        let next = now.max(last + 1);
        match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return with_node(next),
            Err(seen) => last = seen,
        }
    }
}

/// When an id was made, to the millisecond.
pub fn made_at(id: i64) -> Timestamp {
    Timestamp(((id >> 12) + START_MS) * 1_000)
}

fn with_node(tick: i64) -> i64 {
    (tick >> 8) << 12 | NODE.load(Ordering::Relaxed) << 8 | (tick & 0xff)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_sub(START_MS).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_increase_over_many_threads_and_fit_a_json_number() {
        let make = || (0..2_000).map(|_| next_id()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let made: Vec<Vec<i64>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for ids in &made {
            assert!(ids.is_sorted_by(|a, b| a < b));
        }
        let mut all: Vec<i64> = made.concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8_000);
        assert!(all.iter().all(|&id| 0 < id && id < 1 << 53));
    }
    #[test]
    fn an_id_tells_when_it_was_made() {
        let (before, id, after) = (now_ms(), next_id(), now_ms());
        let made = made_at(id).0 / 1_000 - START_MS;
        // A full counter runs ahead by a millisecond.
        assert!(before <= made && made <= after + 60_000, "{before} {made} {after}");
    }
}
