//! The clipboard, which browsers give only to pages that came by https or from this machine.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Clipboard, window};

/// Whether `copy` has a chance.
pub fn can_copy() -> bool {
    clipboard().is_some()
}

/// Puts `text` into the clipboard. False if the browser does not let it.
pub async fn copy(text: &str) -> bool {
    let Some(clipboard) = clipboard() else { return false };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

fn clipboard() -> Option<Clipboard> {
    let navigator = window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    clipboard.dyn_into().ok()
}
