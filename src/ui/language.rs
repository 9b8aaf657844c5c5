//! The language of the page: chosen by a cookie, else by the browser's wish.
//!
//! The context is made by hand, not by leptos_i18n's provider, whose inline script has no nonce.

use leptos::prelude::*;
use leptos_i18n::{
    I18nContext, Locale as _,
    context::{I18nContextOptions, init_i18n_context_with_options},
};

use super::{i18n::Locale, state::preferences::preferences};
use crate::{api::preferences::LANGUAGE_COOKIE, browser};

/// The handle that `t!` and `t_string!` take.
pub type I18n = I18nContext<Locale>;

/// The language context, made at the first call: on the server in the shell, in the browser in `App`.
pub fn provide_language() -> I18n {
    if let Some(known) = use_context::<I18n>() {
        return known;
    }
    let options = I18nContextOptions { enable_cookie: false, ..Default::default() };
    let i18n = init_i18n_context_with_options::<Locale>(options);
    if let Some(chosen) = preferences().language.and_then(|language| language.parse().ok()) {
        i18n.set_locale_untracked(chosen);
    }
    provide_context(i18n);
    i18n
}

/// Changes the page to `locale` and remembers it; for event handlers.
pub fn choose_language(i18n: I18n, locale: Locale) {
    i18n.set_locale(locale);
    browser::set_html_attr("lang", locale.as_str());
    browser::set_cookie(LANGUAGE_COOKIE, locale.as_str());
}

/// The language that the switch offers.
pub const fn other(locale: Locale) -> Locale {
    match locale {
        Locale::en => Locale::pt_BR,
        Locale::pt_BR => Locale::en,
    }
}
