//! Pages by number: `count`, `next`, `previous` and `results`.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;
use crate::server::http::{App, extract::Query};

/// How many results a page has.
pub(super) const SIZE: u32 = 50;

/// Which page is asked for, and the address without its number.
pub(super) struct Page {
    number: u32,
    address: String,
}

#[derive(Deserialize)]
struct Wish {
    page: Option<String>,
}

impl Page {
    pub(super) const fn is_first(&self) -> bool {
        self.number == 1
    }

    /// How many results come before it.
    pub(super) const fn skip(&self) -> u32 {
        (self.number - 1) * SIZE
    }

    /// # Errors
    /// 404 for a page beyond the last.
    pub(super) fn answer(&self, count: u64, results: &[impl Serialize]) -> Result<Value, Refusal> {
        let Self { number, address } = self;
        if results.is_empty() && !self.is_first() {
            return Err(Refusal::no_page());
        }
        let next = (u64::from(number * SIZE) < count).then(|| format!("{address}?page={}", number + 1));
        let previous = match number {
            1 => None,
            2 => Some(address.clone()),
            number => Some(format!("{address}?page={}", number - 1)),
        };
        Ok(json!({ "count": count, "next": next, "previous": previous, "results": results }))
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Refusal;

    /// # Errors
    /// 404 for what is no page's number.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let wish = Query::<Wish>::from_request_parts(parts, app).await;
        let Query(Wish { page }) = wish.map_err(|_| Refusal::no_page())?;
        let number = page.as_deref().map_or(Ok(1), str::parse).unwrap_or(0);
        // Further pages there are none: their numbers would not fit.
        if !(1..=u32::MAX / SIZE).contains(&number) {
            return Err(Refusal::no_page());
        }
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let origin = app.options.public_url.as_ref().map(|url| url.origin().to_owned());
        let origin = origin.unwrap_or_else(|| format!("http://{host}"));
        Ok(Self { number, address: format!("{origin}{}", parts.uri.path()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(number: u32, count: u64, results: &[i32]) -> Option<Value> {
        Page { number, address: "http://a/b/".into() }.answer(count, results).ok()
    }

    #[test]
    fn a_page_names_its_neighbours() {
        assert_eq!(
            answer(1, 0, &[]),
            Some(json!({"count": 0, "next": null, "previous": null, "results": []}))
        );
        let first = answer(1, 51, &[1]).unwrap();
        assert_eq!((&first["next"], &first["previous"]), (&"http://a/b/?page=2".into(), &Value::Null));
        let second = answer(2, 101, &[1]).unwrap();
        assert_eq!(
            (&second["next"], &second["previous"]),
            (&"http://a/b/?page=3".into(), &"http://a/b/".into())
        );
        let last = answer(3, 150, &[1]).unwrap();
        assert_eq!((&last["next"], &last["previous"]), (&Value::Null, &"http://a/b/?page=2".into()));
        assert_eq!(answer(4, 150, &[]), None);
    }
}
