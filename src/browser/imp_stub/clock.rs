//! Time, chance and tasks.

use std::time::Duration;

use crate::model::Timestamp;

pub fn now() -> Timestamp {
    Timestamp::default()
}

pub fn uptime() -> Timestamp {
    Timestamp::default()
}

pub fn zone_offset_at(_at: Timestamp) -> i32 {
    0
}

pub fn random() -> f64 {
    0.0
}

pub async fn sleep(_time: Duration) {}

pub fn spawn(_task: impl Future<Output = ()> + 'static) {}
