//! What may stand in the address of a request, whichever its route.

use std::borrow::Cow;

use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    middleware::Next,
    response::Response,
};

use crate::{
    error::{AppError, Reason},
    server::http::{
        App,
        refusal_page::{refuse, refuse_as},
    },
};

/// The most bytes of a path and its query together. A stream's `since` names every room of its user.
const ADDRESS_MAX: usize = 32 * 1024;

/// Refuses an address that is too long, or has what no name and no text may have.
pub(in crate::server::http) async fn refuse_bad_addresses(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|whole| whole.as_str().len() > ADDRESS_MAX) {
        let error = AppError::TooLarge { max: ADDRESS_MAX as u64 };
        return refuse_as(&app, StatusCode::URI_TOO_LONG, &request, &error);
    }
    match check(uri) {
        Ok(()) => next.run(request).await,
        Err(error) => refuse(&app, &request, &error),
    }
}

/// # Errors
/// `NotFound` for a path with control characters or broken UTF-8, `Malformed` with the parameter that has a NUL.
fn check(uri: &Uri) -> Result<(), AppError> {
    if uri.path().contains('%') && decoded(uri.path()).is_none_or(|path| path.contains(char::is_control)) {
        return Err(AppError::NotFound);
    }
    let query = uri.query().filter(|query| query.contains("%00")).unwrap_or_default();
    match form_urlencoded::parse(query.as_bytes()).find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(AppError::malformed(&name.replace('\0', ""), Reason::Invisible)),
        None => Ok(()),
    }
}

/// The path without percent signs; none if that is no text.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).filter(|_| *first == b'%').map(String::from_utf8_lossy);
        let byte = escape.and_then(|digits: Cow<'_, str>| u8::from_str_radix(&digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_text_without_control_characters() {
        for good in ["/rooms/caf%C3%A9", "/rooms/%E0%A4%B9", "/%2e%2e/", "/100%", "/%zz", "/search?q=a%0Ab"] {
            assert_eq!(check(&good.parse().unwrap()), Ok(()), "{good}");
        }
        for bad in ["/rooms/%00", "/rooms/a%0Ab", "/dm/%7f", "/rooms/%C2%85", "/rooms/%ff", "/rooms/%C3"] {
            assert_eq!(check(&bad.parse().unwrap()), Err(AppError::NotFound), "{bad}");
        }
    }

    #[test]
    fn a_parameter_with_a_nul_is_named() {
        let refused = check(&"/api/users?limit=5&query=a%00b".parse().unwrap());
        assert_eq!(refused, Err(AppError::malformed("query", Reason::Invisible)));
    }
}
