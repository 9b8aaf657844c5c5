//! A reader's choices, kept in cookies of the browser, so that the first HTML already follows them.

use serde::{Deserialize, Serialize};

/// The cookie of the chosen language, `en` or `pt-BR`.
pub const LANGUAGE_COOKIE: &str = "papo_language";
/// The cookie of the chosen theme, `light` or `dark`.
pub const THEME_COOKIE: &str = "papo_theme";
/// The cookie of the reader's zone, minutes east of UTC.
pub const ZONE_COOKIE: &str = "papo_zone";

/// What a request's cookies say; the server provides it to the views as context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub language: Option<String>,
    pub theme: Option<String>,
    /// Minutes east of UTC.
    pub zone: Option<i32>,
}

/// How the page is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// As it stands in forms, in the cookie and in `<html data-theme>`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }
}
