//! The language of the page: chosen by a cookie, else by the browser's wish.
//!
//! A page has one language from its first byte to its last: words are plain strings, and the switch
//! loads the page anew. Reactive words would cost a tenth of the WebAssembly.

use leptos::prelude::*;
use leptos_i18n::Locale as _;

use super::state::preferences::preferences;
use crate::{browser, model::preferences::LANGUAGE_COOKIE, words::Locale};

/// The page's language, found at the first call: on the server in the request, in the browser in the
/// document that the server wrote.
pub fn provide_language() -> Locale {
    if let Some(known) = use_context::<Locale>() {
        return known;
    }
    let named = preferences().language.or_else(|| browser::html_attr("lang"));
    let locale = named.and_then(|name| name.parse().ok()).unwrap_or_default();
    provide_context(locale);
    locale
}

/// The page's language, for `td_string!`.
pub fn language() -> Locale {
    use_context().unwrap_or_default()
}

/// Remembers `locale` and shows the page in it; for event handlers.
pub fn choose_language(locale: Locale) {
    browser::set_cookie(LANGUAGE_COOKIE, locale.as_str());
    browser::reload();
}

/// The language that the switch offers.
pub const fn other(locale: Locale) -> Locale {
    match locale {
        Locale::en => Locale::pt_BR,
        Locale::pt_BR => Locale::en,
    }
}
