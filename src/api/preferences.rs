//! A browser's own choices, kept in cookies, so that the first HTML already follows them.

use leptos::prelude::*;

use crate::{error::AppError, wire::Json};

/// The cookie of the chosen language, `en` or `pt-BR`.
pub const LANGUAGE_COOKIE: &str = "papo_language";
/// The cookie of the chosen theme, `light` or `dark`.
pub const THEME_COOKIE: &str = "papo_theme";
/// The cookie of the reader's zone, minutes east of UTC.
pub const ZONE_COOKIE: &str = "papo_zone";

/// Chooses a language or a theme (`light`, `dark`, or `auto` for the system's) and comes back.
///
/// # Errors
/// `Invalid` for an unknown choice.
#[server(name = ChoosePreferences, prefix = "/fn", endpoint = "preferences", output = Json)]
pub async fn choose_preferences(
    #[server(default)] language: String,
    #[server(default)] theme: String,
) -> Result<(), AppError> {
    crate::server::context::set_preferences(&language, &theme)
}
