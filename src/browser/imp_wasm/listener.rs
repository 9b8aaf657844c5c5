//! Event listeners that end when they are dropped, or with the reactive owner under which they began.

use leptos::prelude::StoredValue;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::EventTarget;

/// Calls back at each event of one kind for as long as it lives.
pub(super) struct Listener {
    target: EventTarget,
    event: &'static str,
    call: Closure<dyn Fn(JsValue)>,
}

impl Listener {
    pub(super) fn new(target: &EventTarget, event: &'static str, call: impl Fn(JsValue) + 'static) -> Self {
        let call = Closure::<dyn Fn(JsValue)>::new(call);
        // It can only fail for a listener that is none.
        let _ = target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
        Self { target: target.clone(), event, call }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let call = self.call.as_ref().unchecked_ref();
        // It can only fail for a target that is gone, and the listener with it.
        let _ = self.target.remove_event_listener_with_callback(self.event, call);
    }
}

/// Calls `call` at each `event` until the current owner is cleaned up.
pub(super) fn listen(target: &EventTarget, event: &'static str, call: impl Fn() + 'static) {
    StoredValue::new_local(Listener::new(target, event, move |_| call()));
}
