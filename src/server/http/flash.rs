//! Why a form was refused, on its way to the page that it is sent back to: in a cookie, for a minute.
//!
//! For forms that stand on pages other than ours. The cookie holds codes and what was typed, passwords apart;
//! the page tells them as if the form had been its own.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, SameSite};
use tower_sessions::cookie::CookieBuilder;

use crate::{model::form::FormOutcome, server::cookies};

const COOKIE: &str = "papo_refused";
const MINUTE: time::Duration = time::Duration::minutes(1);
/// A cookie that is longer would be dropped by some browsers.
const LONGEST: usize = 3_000;

/// The line that keeps an outcome; none for one that is too long to keep.
pub(super) fn keep(outcome: &FormOutcome, https: bool) -> Option<HeaderValue> {
    let json = serde_json::to_string(outcome).ok()?;
    let cookie = own(json).max_age(MINUTE).secure(https);
    cookies::line(&cookie.build()).filter(|line| line.len() <= LONGEST)
}

/// The outcome that a request brings along.
pub(super) fn read(headers: &HeaderMap) -> Option<FormOutcome> {
    let outcome: FormOutcome = serde_json::from_str(&cookies::read(headers, COOKIE)?).ok()?;
    // A success is told by nobody else's word.
    outcome.result.is_err().then_some(outcome)
}

/// The line that forgets it: it is told once.
pub(super) fn forget() -> Option<HeaderValue> {
    cookies::line(&own(String::new()).removal().build())
}

fn own(value: String) -> CookieBuilder<'static> {
    Cookie::build((COOKIE, value)).path("/").http_only(true).same_site(SameSite::Lax)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;
    use crate::error::{AppError, Reason};

    fn outcome(value: &str) -> FormOutcome {
        FormOutcome {
            path: "/fn/register".to_owned(),
            result: Err(AppError::invalid("email", Reason::Taken)),
            values: vec![("name".to_owned(), value.to_owned())],
        }
    }

    #[test]
    fn an_outcome_survives_its_cookie() {
        let told = outcome("Zoë; Path=/x, \"a=b\" & 1+1\r\n");
        let line = keep(&told, true).unwrap();
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let headers = HeaderMap::from_iter([(header::COOKIE, format!("papo=1; {pair}").parse().unwrap())]);
        assert_eq!(read(&headers), Some(told));
        assert_eq!(keep(&outcome(&"é".repeat(1_000)), false), None);
    }

    #[test]
    fn a_forged_cookie_tells_nothing() {
        let success = FormOutcome { result: Ok("{}".to_owned()), ..outcome("") };
        let success = keep(&success, false).unwrap();
        let success = success.to_str().unwrap().split([';', '=']).nth(1).unwrap();
        for value in ["", "%7B", "x", "%7B%22path%22%3A1%7D", success] {
            let cookie = format!("papo_refused={value}").parse().unwrap();
            assert_eq!(read(&HeaderMap::from_iter([(header::COOKIE, cookie)])), None);
        }
    }
}
