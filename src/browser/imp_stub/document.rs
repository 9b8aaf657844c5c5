//! The page as a whole.

use crate::words::escape::escape_text;

/// As the framework writes it into the page: markup.
pub fn title_of(text: String) -> String {
    escape_text(&text)
}

pub fn has_attention() -> bool {
    false
}

pub fn on_attention(_call: impl Fn() + 'static) {}

pub fn visible() -> bool {
    false
}

pub fn on_visible(_call: impl Fn() + 'static) {}

pub fn on_online(_call: impl Fn() + 'static) {}

pub fn set_html_attr(_name: &str, _value: &str) {}

pub fn html_attr(_name: &str) -> Option<String> {
    None
}

pub fn set_cookie(_name: &str, _value: &str) {}

pub fn sign_in_again() {}

pub fn reload() {}

pub fn is_touch() -> bool {
    false
}
