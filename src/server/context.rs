//! What the app's own pages and server functions may know of their request.
//!
//! `provide_server_context` serves both, so that they cannot differ; the accessors below are the only
//! readers.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use crate::{
    error::{AppError, Reason},
    model::{
        Me, paths,
        preferences::{LANGUAGE_COOKIE, Preferences, THEME_COOKIE, Theme, ZONE_COOKIE},
    },
    server::{
        auth::{AuthSession, Door, session_name},
        chat::Chat,
        cookies,
        limits::Address,
    },
    words::Locale,
};

const YEAR: time::Duration = time::Duration::days(365);

pub fn provide_server_context(chat: &Arc<Chat>) {
    provide_context(Arc::clone(chat));
    let preferences = use_context::<Parts>().map(|parts| preferences(&parts.headers));
    provide_context(preferences.unwrap_or_default());
}

/// What the actions need.
///
/// # Errors
/// `Unavailable` outside a request.
pub fn chat() -> Result<Arc<Chat>, AppError> {
    use_context().ok_or(AppError::UNAVAILABLE)
}

/// What the actions need, and who is signed in.
///
/// # Errors
/// `Unauthenticated`.
#[expect(clippy::unused_async, reason = "server functions read as a list of awaits")]
pub async fn viewer() -> Result<(Arc<Chat>, Me), AppError> {
    let chat = chat()?;
    let session = session().ok_or(AppError::Unauthenticated)?;
    let account = session.user.ok_or(AppError::Unauthenticated)?;
    Ok((chat, account.me))
}

/// The name of the session by which the request came.
///
/// # Errors
/// `Unauthenticated`.
pub fn session_id() -> Result<String, AppError> {
    let id = session().and_then(|session| session.session.id());
    id.map(|id| session_name(&id)).ok_or(AppError::Unauthenticated)
}

/// The way in of the request.
///
/// # Errors
/// `Unavailable` outside a request.
#[expect(clippy::unused_async, reason = "server functions read as a list of awaits")]
pub async fn door() -> Result<Door, AppError> {
    Door::of(&chat()?.auth, &use_context::<Parts>().ok_or(AppError::UNAVAILABLE)?)
}

/// The address that the request comes from.
///
/// # Errors
/// `Unavailable` outside a request.
pub fn address() -> Result<IpAddr, AppError> {
    use_context::<Parts>().map(|parts| Address::of(&parts).0).ok_or(AppError::UNAVAILABLE)
}

/// Sends the browser to a path of our own; home for any other.
pub fn go_to(path: &str) {
    leptos_axum::redirect(&own_path(path, paths::HOME));
}

/// Addresses that do something or that programs ask, where nobody who has signed in wants to go.
const NO_PAGES: [&str; 3] = ["/fn/", "/api/", "/logout"];

/// `path` if it leads to a page of our own, else `otherwise`. Refused is also what a browser would first have to
/// normalise: dot segments, empty segments, and slashes in percent signs.
pub fn own_path(path: &str, otherwise: &str) -> String {
    let (place, _) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let is_plain = !path.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace());
    let is_own = is_plain
        && place.starts_with('/')
        && !place.contains("//")
        && !NO_PAGES.iter().any(|begin| place.starts_with(begin))
        && place.split('/').all(is_plain_segment);
    if is_own { ascii(path) } else { otherwise.to_owned() }
}

/// Whether no server and no browser reads the segment as something else than a name.
fn is_plain_segment(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    let is_dots = matches!(decoded.as_str(), "." | "..");
    // A slash, a backslash, a percent sign (of a second round), or a control character.
    let is_hiding = decoded.contains("%2f")
        || decoded.contains("%5c")
        || decoded.contains("%25")
        || decoded.contains("%0")
        || decoded.contains("%1")
        || decoded.contains("%7f");
    !is_dots && !is_hiding
}

/// A header is read as Latin-1: whatever is not ASCII goes as its bytes in percent signs.
fn ascii(path: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    path.bytes().map(encode).collect()
}

/// The language of a request: chosen by a cookie, else by the browser's wish.
pub fn language_of(parts: &Parts) -> Locale {
    language_in(&parts.headers)
}

/// The language that a request's headers ask for.
pub fn language_in(headers: &HeaderMap) -> Locale {
    preferences(headers).language.and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// The theme that a request's reader chose.
pub fn theme_in(headers: &HeaderMap) -> Theme {
    preferences(headers).theme.as_deref().map(Theme::parse).unwrap_or_default()
}

/// The language of a request, for handlers.
pub struct Language(pub Locale);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(language_of(parts)))
    }
}

/// Keeps a chosen language or theme in a cookie.
///
/// # Errors
/// `Invalid` for a choice that does not exist.
pub fn set_preferences(language: &str, theme: &str) -> Result<(), AppError> {
    let cookies = preference_cookies(language, theme)?;
    if let Some(options) = use_context::<ResponseOptions>() {
        cookies.into_iter().for_each(|cookie| options.append_header(header::SET_COOKIE, cookie));
    }
    Ok(())
}

/// The cookies that keep a chosen language and theme; an empty choice changes nothing.
///
/// # Errors
/// `Invalid` for a choice that does not exist.
pub fn preference_cookies(language: &str, theme: &str) -> Result<Vec<HeaderValue>, AppError> {
    let language = choose("language", LANGUAGE_COOKIE, language, &["en", "pt-BR"])?;
    let theme = choose("theme", THEME_COOKIE, theme, &["light", "dark", "auto"])?;
    Ok(language.into_iter().chain(theme).collect())
}

/// The first language of the browser's wishes, in their order, that Papo speaks.
fn wished_language(headers: &HeaderMap) -> Option<String> {
    let wishes = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut wishes: Vec<(f32, &str)> = wishes.split(',').map(read_wish).collect();
    wishes.sort_by(|one, other| other.0.total_cmp(&one.0));
    let spoken = wishes.into_iter().filter(|(weight, _)| *weight > 0.0).find_map(|(_, tag)| {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "pt" => Some("pt-BR"),
            "en" => Some("en"),
            _ => None,
        }
    });
    spoken.map(str::to_owned)
}

/// `pt-BR;q=0.8` as its weight and tag.
fn read_wish(wish: &str) -> (f32, &str) {
    let (tag, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
    let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
    (weight.unwrap_or(1.0), tag.trim())
}

fn choose(
    field: &str,
    cookie: &str,
    choice: &str,
    choices: &[&str],
) -> Result<Option<HeaderValue>, AppError> {
    if choice.is_empty() {
        return Ok(None);
    }
    if !choices.contains(&choice) {
        return Err(AppError::invalid(field, Reason::Unknown));
    }
    let cookie = Cookie::build((cookie, choice)).path("/").max_age(YEAR).same_site(SameSite::Lax);
    Ok(cookies::line(&cookie.build()))
}

fn session() -> Option<AuthSession> {
    use_context::<Parts>()?.extensions.get::<AuthSession>().cloned()
}

fn preferences(headers: &HeaderMap) -> Preferences {
    let jar = CookieJar::from_headers(headers);
    let cookie = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned());
    Preferences {
        language: cookie(LANGUAGE_COOKIE).or_else(|| wished_language(headers)),
        theme: cookie(THEME_COOKIE),
        zone: cookie(ZONE_COOKIE)
            .and_then(|minutes| minutes.parse().ok())
            .filter(|m| (-900..=900).contains(m)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spoken_wish_counts() {
        for (wishes, language) in [
            ("pt-PT,pt;q=0.9,en;q=0.8", Some("pt-BR")),
            ("de, en;q=0.5, pt;q=0.7", Some("pt-BR")),
            ("en-GB", Some("en")),
            ("pt;q=0, en;q=0.1", Some("en")),
            ("de", None),
            ("pt;q=nan, en;q=0.1", Some("en")),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wishes.parse().unwrap())]);
            assert_eq!(wished_language(&headers).as_deref(), language, "{wishes}");
        }
    }

    #[test]
    fn only_own_paths_are_followed() {
        for (own, written) in [
            ("/", "/"),
            ("/rooms/general?before=5", "/rooms/general?before=5"),
            ("/rooms/café", "/rooms/caf%C3%A9"),
            ("/rooms/caf%C3%A9#members", "/rooms/caf%C3%A9#members"),
            ("/dm/a..b", "/dm/a..b"),
            ("/search?q=//x/../y", "/search?q=//x/../y"),
        ] {
            assert_eq!(own_path(own, "/x"), written);
        }
        for foreign in [
            "",
            "//evil",
            "/\\evil",
            "https:evil",
            "http://evil/",
            "javascript:alert(1)",
            "/\t/evil",
            "\\evil",
            "/fn/sign_out",
            "/.//evil",
            "/..//evil",
            "/./evil",
            "/rooms/../fn/sign_out",
            "/rooms/..",
            "/%2e//evil",
            "/%2E%2e//evil",
            "/.%2e/evil",
            "/%2e/evil",
            "/%2fevil",
            "/%2F/evil",
            "/%5cevil",
            "/%5C%5Cevil",
            "/rooms/%2f%2fevil",
            "/%252fevil",
            "/rooms//evil",
            "/%09/evil",
            "/%0d%0aX: y",
            "/\u{a0}/evil",
            "/\u{2028}/evil",
            "/rooms\r\nX: y",
            "///evil",
            "/?\\evil\n",
            "evil",
            "?x",
            "#x",
        ] {
            assert_eq!(own_path(foreign, "/"), "/", "{foreign:?}");
        }
    }
}
