//! Which of several equal workers an id belongs to.

/// From 0 to below `count`. Ids differ in their middle bits most, so all bits are mixed first.
pub(super) fn shard(id: u64, count: usize) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = id.wrapping_mul(GOLDEN) >> 32;
    usize::try_from(mixed).unwrap_or(0) % count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::next_id;

    #[test]
    fn ids_made_now_and_then_are_spread() {
        let mut counts = [0; 4];
        for n in 0..4_000_i64 {
            // One room every few seconds: the counter in the low bits stands still.
            counts[shard((next_id() + ((n * 3_777) << 12)).unsigned_abs(), 4)] += 1;
        }
        assert!(counts.iter().all(|count| (700..1_300).contains(count)), "{counts:?}");
        assert_eq!(shard(7, 1), 0);
    }
}
