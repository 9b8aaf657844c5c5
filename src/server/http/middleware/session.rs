//! The session cookie, and keeping a session alive while it is used.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::server::{
    auth::{self, AuthSession},
    cookies,
    http::App,
};

/// The cookie's name; with https the prefix binds it to this host.
pub(in crate::server::http) const fn session_cookie(https: bool) -> &'static str {
    if https { "__Host-papo" } else { "papo" }
}

/// Renews the session of who is signed in, or ends it after too long an idle time.
pub(in crate::server::http) async fn keep_session(
    mut auth: AuthSession,
    mut request: Request,
    next: Next,
) -> Response {
    if auth.user.is_some() {
        auth::keep(&mut auth).await;
        if auth.user.is_none() {
            request.extensions_mut().insert(auth);
        }
    }
    next.run(request).await
}

/// Puts the lines that set cookies in order: the session's first, for simple clients; and where it is removed, with the
/// attributes of the line that set it. Browsers pass over a `__Host-` cookie that is not `Secure`, and the library leaves
/// that out.
pub(in crate::server::http) async fn order_cookies(
    State(app): State<App>,
    mut response: Response,
) -> Response {
    order(response.headers_mut(), app.options.is_https());
    response
}

fn order(headers: &mut HeaderMap, https: bool) {
    let mut lines: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    if lines.is_empty() {
        return;
    }
    let own = format!("{}=", session_cookie(https));
    let removal = format!("{own};");
    lines.sort_by_key(|line| !line.as_bytes().starts_with(own.as_bytes()));
    headers.remove(header::SET_COOKIE);
    for line in lines {
        let is_removal = line.as_bytes().starts_with(removal.as_bytes());
        let complete = is_removal.then(|| removal_line(https)).flatten();
        headers.append(header::SET_COOKIE, complete.unwrap_or(line));
    }
}

/// Takes away each cookie whose name has a percent sign. Libraries decode names, and browsers guard `__Host-` only where it
/// is written out: a page of a neighbouring host could set `%5F%5FHost-papo`, and with it a session of its choice.
pub(in crate::server::http) async fn drop_encoded_cookies(mut request: Request) -> Request {
    keep_plain_names(request.headers_mut());
    request
}

fn keep_plain_names(headers: &mut HeaderMap) {
    let lines: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    if lines.iter().all(|line| !line.as_bytes().contains(&b'%')) {
        return;
    }
    headers.remove(header::COOKIE);
    let is_plain =
        |pair: &&[u8]| pair.split(|byte| *byte == b'=').next().is_some_and(|name| !name.contains(&b'%'));
    for line in lines {
        let pairs: Vec<&[u8]> = line.as_bytes().split(|byte| *byte == b';').filter(is_plain).collect();
        if let Some(line) = HeaderValue::from_bytes(&pairs.join(&b';')).ok().filter(|line| !line.is_empty()) {
            headers.append(header::COOKIE, line);
        }
    }
}

fn removal_line(https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((session_cookie(https), "")).path("/").max_age(time::Duration::ZERO);
    cookies::line(&cookie.http_only(true).same_site(SameSite::Lax).secure(https).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_removed_as_it_was_set_and_comes_first() {
        for (https, name, secure) in [(true, "__Host-papo", "; Secure"), (false, "papo", "")] {
            let mut headers = HeaderMap::new();
            let removal = format!("{name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
            for line in ["papo_theme=dark; Path=/", &removal] {
                headers.append(header::SET_COOKIE, line.parse().unwrap());
            }
            order(&mut headers, https);
            let lines: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
            assert_eq!(lines[0], &format!("{name}=; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age=0"));
            assert_eq!(lines[1], "papo_theme=dark; Path=/");
        }
    }

    #[test]
    fn encoded_names_are_dropped_and_encoded_values_stay() {
        let mut headers = HeaderMap::new();
        for line in ["a=1; %5F%5FHost-papo=x; papo_refused=%7B", "__Host-p%61po=y", "b=2"] {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        keep_plain_names(&mut headers);
        let lines: Vec<_> = headers.get_all(header::COOKIE).iter().collect();
        assert_eq!(lines, ["a=1; papo_refused=%7B", "b=2"]);
    }

    #[test]
    fn a_cookie_that_is_set_stays_as_it_is() {
        let mut headers = HeaderMap::new();
        for line in ["papo_device=x; Path=/", "papo=y; Max-Age=5; Path=/"] {
            headers.append(header::SET_COOKIE, line.parse().unwrap());
        }
        order(&mut headers, false);
        let lines: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(lines, ["papo=y; Max-Age=5; Path=/", "papo_device=x; Path=/"]);
    }
}
