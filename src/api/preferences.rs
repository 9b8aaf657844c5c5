//! A browser's own choices, kept in cookies, so that the first HTML already follows them.

use leptos::prelude::*;

use crate::{error::AppError, wire::Json};

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
