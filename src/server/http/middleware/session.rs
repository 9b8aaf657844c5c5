//! The session cookie, and keeping a session alive while it is used.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::server::{
    auth::{self, AuthSession},
    state::App,
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

/// Gives the line that removes the session cookie the attributes of the line that set it: browsers pass over one for a
/// `__Host-` cookie that is not `Secure`, and the library leaves it out.
pub(in crate::server::http) async fn complete_removal(State(app): State<App>, mut response: Response) -> Response {
    complete(response.headers_mut(), app.options.is_https());
    response
}

fn complete(headers: &mut HeaderMap, https: bool) {
    let header::Entry::Occupied(mut lines) = headers.entry(header::SET_COOKIE) else { return };
    let removal = format!("{}=;", session_cookie(https));
    for line in lines.iter_mut().filter(|line| line.as_bytes().starts_with(removal.as_bytes())) {
        let secure = if https { "; Secure" } else { "" };
        let complete = format!("{removal} Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}");
        if let Ok(complete) = HeaderValue::try_from(complete) {
            *line = complete;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_removed_as_it_was_set() {
        for (https, name, secure) in [(true, "__Host-papo", "; Secure"), (false, "papo", "")] {
            let mut headers = HeaderMap::new();
            for line in ["papo_theme=dark; Path=/", &format!("{name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970")] {
                headers.append(header::SET_COOKIE, line.parse().unwrap());
            }
            complete(&mut headers, https);
            let lines: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
            assert_eq!(lines[0], "papo_theme=dark; Path=/");
            assert_eq!(lines[1], &format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"));
        }
    }
}
