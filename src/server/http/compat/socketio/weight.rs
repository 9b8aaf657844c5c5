//! How much memory what a client sent takes: a short text can stand for many values.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

/// The most that one event may take; the longest message is a third of it.
const EVENT_BYTES: usize = 64 * 1024;
/// And what all of a client's events may take that wait to be obeyed.
const WAITING_BYTES: usize = 128 * 1024;

/// How much of a client's events waits.
#[derive(Clone, Default)]
pub(super) struct Scales(Arc<AtomicUsize>);

/// The weight of an event that waits; dropping it takes it off.
pub(super) struct Weight {
    scales: Scales,
    bytes: usize,
}

impl Scales {
    /// Weighs an event. None if it is too much.
    pub(super) fn weigh(&self, argument: &Value) -> Option<Weight> {
        let bytes = weight(argument);
        let more = |waiting| Some(waiting + bytes).filter(|sum| *sum <= WAITING_BYTES);
        let fits =
            bytes <= EVENT_BYTES && self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        fits.then(|| Weight { scales: self.clone(), bytes })
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.scales.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn weight(value: &Value) -> usize {
    let within = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| name.len() + 2 * size_of::<Value>() + weight(field)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_is_bounded_and_given_back() {
        let scales = Scales::default();
        let message = json!({"room": "general", "msg": "é".repeat(10_000)});
        let waiting: Vec<_> = std::iter::from_fn(|| scales.weigh(&message)).collect();
        assert_eq!(waiting.len(), 6);
        drop(waiting);
        assert!(scales.weigh(&message).is_some());
        assert_eq!(scales.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn many_small_values_are_heavy() {
        let hollow = Value::Array(vec![json!([]); 20_000]);
        assert!(hollow.to_string().len() < 64 * 1024 && Scales::default().weigh(&hollow).is_none());
    }
}
