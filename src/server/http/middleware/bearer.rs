//! `Authorization: Bearer`: a request that proves by itself who asks.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::error::AppError;

/// The bearer token of a request; none if it has none, with whatever other scheme.
///
/// # Errors
/// `Unauthenticated` if there are several, or what is there is no token.
pub(in crate::server::http) fn bearer_token(headers: &HeaderMap) -> Option<Result<&str, AppError>> {
    const SCHEME: &[u8] = b"bearer";
    let values: Vec<&[u8]> =
        headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let is_bearer = |value: &[u8]| {
        let (scheme, rest) = value.split_at_checked(SCHEME.len()).unwrap_or((value, b""));
        scheme.eq_ignore_ascii_case(SCHEME) && matches!(rest.first(), None | Some(b' '))
    };
    if !values.iter().any(|value| is_bearer(value)) {
        return None;
    }
    let token = match values.as_slice() {
        [one] => std::str::from_utf8(&one[SCHEME.len()..]).ok().map(str::trim),
        _ => None,
    };
    Some(token.filter(|token| !token.is_empty()).ok_or(AppError::Unauthenticated))
}

/// Takes from a request with a bearer token what a browser adds by itself: neither its cookie nor where it comes
/// from may count beside the token. So no check against foreign pages is left out for a request with a cookie.
pub(in crate::server::http) async fn let_bearer_speak_alone(mut request: Request, next: Next) -> Response {
    if bearer_token(request.headers()).is_some() {
        forget_browser(request.headers_mut());
    }
    next.run(request).await
}

/// Makes the request one of a program that has no cookies.
pub(super) fn forget_browser(headers: &mut HeaderMap) {
    headers.remove(header::COOKIE);
    headers.remove(header::ORIGIN);
    headers.remove("sec-fetch-site");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(values: &[&'static str]) -> Option<Result<String, AppError>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer_token(&headers).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn a_token_stands_behind_its_scheme_in_any_case() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(token(&[value]), Some(Ok("abc".to_owned())), "{value}");
        }
    }

    #[test]
    fn another_scheme_is_no_bearer() {
        for values in [&[][..], &["Basic YTpi"], &["Bearerabc"], &["abc"], &[""]] {
            assert_eq!(token(values), None, "{values:?}");
        }
    }

    #[test]
    fn what_claims_to_be_a_bearer_is_none_of_something_else() {
        for values in [&["Bearer"][..], &["Bearer "], &["Bearer a", "Bearer b"], &["Basic YTpi", "Bearer b"]]
        {
            assert_eq!(token(values), Some(Err(AppError::Unauthenticated)), "{values:?}");
        }
    }
}
