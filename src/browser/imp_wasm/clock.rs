//! Time, chance and tasks.

use std::time::Duration;

use wasm_bindgen::JsValue;
use web_sys::window;

use crate::model::Timestamp;

/// This moment by the reader's clock.
#[expect(clippy::cast_possible_truncation, reason = "a date in milliseconds is far below 2^53")]
pub fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64 * 1_000)
}

/// How long the page has lived: whoever sets a clock changes nothing about it. To be compared with itself only.
#[expect(clippy::cast_possible_truncation, reason = "a page lives for less than 2^53 microseconds")]
pub fn uptime() -> Timestamp {
    Timestamp((seconds() * 1e6) as i64)
}

pub(super) fn seconds() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now() / 1e3)
}

/// How many minutes the reader's zone is ahead of UTC at `at`, summer time counted.
#[expect(clippy::cast_possible_truncation, reason = "an offset is below 24 hours")]
#[expect(clippy::cast_precision_loss, reason = "a date in milliseconds is far below 2^53")]
pub fn zone_offset_at(at: Timestamp) -> i32 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0.div_euclid(1_000) as f64));
    -(date.get_timezone_offset() as i32)
}

/// From 0 to below 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Waits. A hidden tab may wait longer.
pub async fn sleep(time: Duration) {
    gloo_timers::future::sleep(time).await;
}

/// Runs a task beside the page.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}
