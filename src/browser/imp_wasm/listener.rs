//! Event listeners that end with the reactive owner under which they began.

use leptos::prelude::StoredValue;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventTarget;

struct Listener {
    target: EventTarget,
    event: &'static str,
    call: Closure<dyn Fn()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let call = self.call.as_ref().unchecked_ref();
        // It can only fail for a target that is gone, and the listener with it.
        let _ = self.target.remove_event_listener_with_callback(self.event, call);
    }
}

/// Calls `call` at each `event` until the current owner is cleaned up.
pub(super) fn listen(target: EventTarget, event: &'static str, call: impl Fn() + 'static) {
    let call = Closure::<dyn Fn()>::new(call);
    if target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref()).is_ok() {
        StoredValue::new_local(Listener { target, event, call });
    }
}
