//! The page as a whole.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::JsValue;
use web_sys::{Document, VisibilityState, window};

use super::{clock::seconds, listener::listen};
use crate::model::paths;

const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;
/// Who touched the page without giving it the keyboard, on a second screen say, looks at it for so long.
const ATTENTION_SECONDS: f64 = 30.0;

fn document() -> Option<Document> {
    window().and_then(|window| window.document())
}

/// As the framework sets it in the document: text.
pub fn title_of(text: String) -> String {
    text
}

/// Whether anybody looks at the page: it is in sight, and has the keyboard or was touched lately.
pub fn has_attention() -> bool {
    let has_focus = || document().is_some_and(|document| document.has_focus().unwrap_or(true));
    visible() && (has_focus() || LAST_TOUCH.get().is_some_and(|at| seconds() - at < ATTENTION_SECONDS))
}

thread_local! {
    /// When the page was touched last.
    static LAST_TOUCH: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Calls `call` whenever somebody begins to look at the page, or may have ceased to, until the current owner is cleaned up.
pub fn on_attention(call: impl Fn() + 'static) {
    let (Some(document), Some(window)) = (document(), window()) else { return };
    let call = Rc::new(call);
    for event in ["focus", "blur"] {
        let call = Rc::clone(&call);
        listen(&window, event, move || call());
    }
    for event in ["pointermove", "pointerdown", "keydown", "wheel"] {
        let call = Rc::clone(&call);
        listen(&window, event, move || {
            let is_news = !has_attention();
            LAST_TOUCH.set(Some(seconds()));
            if is_news {
                call();
            }
        });
    }
    listen(&document, "visibilitychange", move || call());
}

/// Whether the reader can see the page.
pub fn visible() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Calls `call` whenever the page comes into sight, until the current owner is cleaned up.
pub fn on_visible(call: impl Fn() + 'static) {
    let Some(document) = document() else { return };
    listen(&document, "visibilitychange", move || {
        if visible() {
            call();
        }
    });
}

/// Calls `call` whenever the device finds a network again, until the current owner is cleaned up.
pub fn on_online(call: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    listen(&window, "online", call);
}

/// Sets an attribute of `<html>`.
pub fn set_html_attr(name: &str, value: &str) {
    if let Some(html) = document().and_then(|document| document.document_element()) {
        // It fails only for a name that is none.
        let _ = html.set_attribute(name, value);
    }
}

/// An attribute of `<html>`.
pub fn html_attr(name: &str) -> Option<String> {
    document()?.document_element()?.get_attribute(name)
}

/// Keeps a cookie for a year. `value` must be plain: letters, digits, `-`.
pub fn set_cookie(name: &str, value: &str) {
    let Some(document) = document() else { return };
    let is_https = window().is_some_and(|window| window.location().protocol().is_ok_and(|p| p == "https:"));
    let secure = if is_https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax{secure}");
    // Where cookies are off, the choice lasts as long as the page.
    let _ = js_sys::Reflect::set(&document, &JsValue::from_str("cookie"), &JsValue::from_str(&cookie));
}

/// Leaves for the sign-in page, to come back here after; everything in memory goes.
pub fn sign_in_again() {
    let Some(location) = window().map(|window| window.location()) else { return };
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let redirect = String::from(js_sys::encode_uri_component(&here));
    // It fails only for an address that is none.
    let _ = location.assign(&paths::with_redirect(paths::SIGN_IN, &redirect));
}

/// Whether the reader's main pointer is a finger.
pub fn is_touch() -> bool {
    let coarse = window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
    coarse.is_some_and(|query| query.matches())
}

/// Loads the page again; everything in memory goes.
pub fn reload() {
    if let Some(window) = window() {
        // A refusal leaves the page as it is.
        let _ = window.location().reload();
    }
}

/// The live connection's address for a path of this site.
pub(super) fn socket_url(path: &str) -> Option<String> {
    let location = window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}
