//! The reader's choices as the first HTML follows them, and the theme's switch.

use leptos::prelude::*;

use crate::{
    browser,
    model::preferences::{Preferences, THEME_COOKIE, Theme},
};

/// The request's preferences; none in the browser.
pub fn preferences() -> Preferences {
    use_context().unwrap_or_default()
}

/// Provides the theme for `use_theme`; once, near the root.
pub fn provide_theme() {
    provide_context(RwSignal::new(first_theme()));
}

/// The chosen theme. Set it together with `choose_theme`.
pub fn use_theme() -> RwSignal<Theme> {
    use_context().unwrap_or_else(|| RwSignal::new(first_theme()))
}

/// Colours the page and remembers the choice; for event handlers.
pub fn choose_theme(theme: Theme) {
    browser::set_html_attr("data-theme", theme.as_str());
    browser::set_cookie(THEME_COOKIE, theme.as_str());
}

/// Of the request on the server; in the browser what the server wrote into the document.
fn first_theme() -> Theme {
    let chosen = browser::html_attr("data-theme").or_else(|| preferences().theme);
    chosen.map(|theme| Theme::parse(&theme)).unwrap_or_default()
}
