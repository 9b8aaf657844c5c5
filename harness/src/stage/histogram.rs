//! Durations counted in buckets whose width is at most a thirty-second of their value, by any thread.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Each power of two is cut into so many buckets.
const PARTS: u64 = 32;
const BUCKETS: usize = 64 * 32;

#[derive(Debug)]
pub struct Histogram {
    counts: Box<[AtomicU64]>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Histogram {
    pub fn record(&self, duration: Duration) {
        self.record_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    pub fn record_micros(&self, micros: u64) {
        self.counts[bucket(micros)].fetch_add(1, Relaxed);
    }

    /// The duration below which `share` of all lie, in milliseconds; nothing if nothing was recorded.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let rank = ((total as f64 * share).ceil() as u64).max(1);
        let mut below = 0;
        let at = counts.iter().position(|count| {
            below += count;
            below >= rank
        })?;
        Some(highest(at) as f64 / 1_000.0)
    }
}

fn bucket(micros: u64) -> usize {
    if micros < PARTS {
        return micros as usize;
    }
    let power = u64::from(micros.ilog2()) - 5;
    ((power + 1) * PARTS + (micros >> power) - PARTS) as usize
}

/// The highest value of a bucket.
fn highest(bucket: usize) -> u64 {
    let (power, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    if power == 0 { part } else { ((PARTS + part + 1) << (power - 1)) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_value_within_a_thirty_second() {
        for micros in (0..100_000).chain([1 << 30, (1 << 40) + 12_345]) {
            let top = highest(bucket(micros));
            assert!(top >= micros && top - micros <= micros / 32, "{micros} in a bucket up to {top}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_values() {
        let histogram = Histogram::default();
        assert_eq!(histogram.percentile(0.5), None);
        (1..=1_000).for_each(|millis| histogram.record(Duration::from_millis(millis)));
        for (share, millis) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let found = histogram.percentile(share).unwrap();
            assert!((millis..millis * 1.04).contains(&found), "{share}: {found}");
        }
    }
}
