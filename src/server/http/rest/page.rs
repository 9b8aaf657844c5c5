//! A list that is read in pages, and the addresses at which it goes on.

use axum::{
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Json;
use crate::error::{AppError, Reason};

/// How many items a page has if nothing is wished.
const PAGE: usize = 50;
const PAGE_MAX: usize = 100;

/// A part of a list. The same addresses are in the header `Link`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Where the list goes on after these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
    /// Where it goes on before these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    prev: Option<String>,
}

impl<T> Page<T> {
    /// A whole list.
    pub(super) fn new(items: Vec<T>) -> Self {
        Self { items, next: None, prev: None }
    }

    /// It goes on after these, at this address with another query.
    #[must_use]
    pub(super) fn with_next(self, uri: &Uri, query: &[(&str, String)]) -> Self {
        Self { next: Some(at(uri, query)), ..self }
    }

    #[must_use]
    pub(super) fn with_prev(self, uri: &Uri, query: &[(&str, String)]) -> Self {
        Self { prev: Some(at(uri, query)), ..self }
    }
}

fn at(uri: &Uri, query: &[(&str, String)]) -> String {
    format!("{}?{}", uri.path(), serde_urlencoded::to_string(query).unwrap_or_default())
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let link = |address: &Option<String>, rel| {
            address.as_ref().map(|address| format!("<{address}>; rel=\"{rel}\""))
        };
        let links: Vec<String> =
            link(&self.next, "next").into_iter().chain(link(&self.prev, "prev")).collect();
        let mut response = Json(self).into_response();
        if let Ok(links) = HeaderValue::from_str(&links.join(", "))
            && !links.is_empty()
        {
            response.headers_mut().insert(header::LINK, links);
        }
        response
    }
}

/// How many items a page is to have.
///
/// # Errors
/// `Invalid` with `out_of_range` for `limit`.
pub(super) fn page_size(limit: Option<i64>) -> Result<usize, AppError> {
    let wished = limit.map_or(Ok(PAGE), usize::try_from).ok().filter(|limit| (1..=PAGE_MAX).contains(limit));
    wished.ok_or_else(|| AppError::invalid("limit", Reason::OutOfRange))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_where_it_goes_on() {
        let uri = Uri::from_static("/api/rooms/caf%C3%A9/messages?before=9&limit=2");
        let page = Page::new(vec![5]).with_next(&uri, &[("after", "a b".to_owned())]);
        let response = page.into_response();
        assert_eq!(
            response.headers()[header::LINK],
            "</api/rooms/caf%C3%A9/messages?after=a+b>; rel=\"next\""
        );
        assert!(Page::new(vec![5]).into_response().headers().get(header::LINK).is_none());
    }

    #[test]
    fn a_page_has_one_to_a_hundred_items() {
        assert_eq!(page_size(None), Ok(50));
        assert_eq!(page_size(Some(100)), Ok(100));
        for beyond in [0, -1, 101, i64::MAX] {
            assert_eq!(page_size(Some(beyond)), Err(AppError::invalid("limit", Reason::OutOfRange)));
        }
    }
}
