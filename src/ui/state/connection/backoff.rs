//! When to try again after a connection was lost: full jitter, so that a restarted server is not
//! stormed by everyone at once.

use std::time::Duration;

const LEAST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(30);
/// A connection that lived so long was a good one.
const PROVEN: Duration = Duration::from_secs(10);

/// How many tries in a row have failed.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after a connection that lived for `lived`; `chance` is from 0 to below 1.
    pub(super) fn pause(&mut self, lived: Duration, chance: f64) -> Duration {
        if lived >= PROVEN {
            self.failures = 0;
        }
        let most = LEAST.saturating_mul(2_u32.saturating_pow(self.failures)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(chance.clamp(0.0, 1.0)).max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(1);

    fn seconds(backoff: &mut Backoff, lived: Duration, chance: f64) -> f64 {
        backoff.pause(lived, chance).as_secs_f64()
    }

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..8).map(|_| seconds(&mut backoff, SHORT, 1.0)).collect();
        assert_eq!(pauses, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        (0..100).for_each(|_| assert!(seconds(&mut backoff, SHORT, 0.999) < 30.0));
    }

    #[test]
    fn chance_spreads_them_but_never_below_half_a_second() {
        let mut backoff = Backoff { failures: 4 };
        assert!((seconds(&mut backoff, SHORT, 0.25) - 2.0).abs() < 1e-9);
        assert!((seconds(&mut backoff, SHORT, 0.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_connection_that_lived_starts_anew() {
        let mut backoff = Backoff { failures: 9 };
        assert!((seconds(&mut backoff, PROVEN, 1.0) - 0.5).abs() < 1e-9);
        assert_eq!(backoff.failures, 1);
    }
}
