//! Why a form was refused, on its way to the page that it is sent back to: in a cookie, for a minute.
//!
//! For forms that stand on pages other than ours. The cookie holds codes and what was typed, passwords apart;
//! the page tells them as if the form had been its own.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::ui::state::form::FormOutcome;

const COOKIE: &str = "papo_refused";
const SECONDS: u32 = 60;
/// A cookie that is longer would be dropped by some browsers.
const LONGEST: usize = 3_000;

/// The line that keeps an outcome; none for one that is too long to keep.
pub(super) fn keep(outcome: &FormOutcome, https: bool) -> Option<HeaderValue> {
    let json = serde_json::to_string(outcome).ok()?;
    let value = serde_urlencoded::to_string([("", json)]).ok()?;
    let value = value.trim_start_matches('=');
    let secure = if https { "; Secure" } else { "" };
    let line = format!("{COOKIE}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&line).ok().filter(|line| line.len() <= LONGEST)
}

/// The outcome that a request brings along.
pub(super) fn read(headers: &HeaderMap) -> Option<FormOutcome> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(&format!("={value}")).ok()?;
    let outcome: FormOutcome = serde_json::from_str(&fields.first()?.1).ok()?;
    // A success is told by nobody else's word.
    outcome.result.is_err().then_some(outcome)
}

/// The line that forgets it: it is told once.
pub(super) fn forget() -> HeaderValue {
    const LINE: &str = "papo_refused=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
    HeaderValue::from_static(LINE)
}

#[cfg(test)]
mod tests {
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
