//! Looks after all connections once a second: pings the quiet, ends the dead and the stuck. And tells
//! them, four times a second, what was broadcast.
//!
//! One task for all, since a timer for each would cost more than the rest of an idle connection.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::Hub;
use crate::server::live::{Close, WRITE_DEADLINE};

const TICK: Duration = Duration::from_secs(1);
const BROADCAST_EVERY: Duration = Duration::from_millis(250);
/// After so long without a word a peer is asked for one.
pub const PING_EVERY: Duration = Duration::from_secs(25);
/// And after so much more it counts as gone.
pub const PONG_WITHIN: Duration = Duration::from_secs(10);

impl Hub {
    /// Pings the quiet, ends the dead and sends broadcasts, for ever.
    pub(in crate::server::live) async fn keep_connections(&self) {
        let mut tick = tokio::time::interval(TICK);
        // A process that was stopped must not count the time as everyone's silence.
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut broadcast = tokio::time::interval(BROADCAST_EVERY);
        broadcast.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => look_after(self).await,
                _ = broadcast.tick() => self.tell_everyone(),
            }
        }
    }
}

async fn look_after(hub: &Hub) {
    let now = Instant::now();
    for (at, subscriber) in hub.everyone().iter().enumerate() {
        if at % 1_024 == 1_023 {
            tokio::task::yield_now().await;
        }
        let is_stuck = subscriber.blocked_since().is_some_and(|since| now - since > WRITE_DEADLINE);
        let quiet = TICK * subscriber.tick();
        if is_stuck {
            subscriber.close(Close::Slow);
        } else if quiet > PING_EVERY + PONG_WITHIN {
            subscriber.close(Close::Gone);
        } else if quiet == PING_EVERY {
            subscriber.ping();
        }
    }
}
