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

    /// It goes on after the place `next`, if there is one, with as many items.
    #[must_use]
    pub(super) fn going_on(self, uri: &Uri, next: Option<String>, limit: usize) -> Self {
        match next {
            Some(next) => self.with_next(uri, &[("after", next), ("limit", limit.to_string())]),
            None => self,
        }
    }

    #[must_use]
    pub(super) fn with_prev(self, uri: &Uri, query: &[(&str, String)]) -> Self {
        Self { prev: Some(at(uri, query)), ..self }
    }
}

/// A part of a list whose length has a bound: at most `limit` of `items` after the one at `after`. `key` tells an item's
/// place; places ascend.
pub(super) fn cut<T, K: Ord + ToString>(
    items: Vec<T>,
    after: Option<&K>,
    limit: usize,
    uri: &Uri,
    key: impl Fn(&T) -> K,
) -> Page<T> {
    let mut rest: Vec<T> = items.into_iter().filter(|item| after.is_none_or(|after| key(item) > *after)).collect();
    let goes_on = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| goes_on).map(|last| key(last).to_string());
    Page::new(rest).going_on(uri, next, limit)
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
    fn a_list_is_cut_into_pages_without_a_hole() {
        let uri = Uri::from_static("/api/x");
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = cut((0..7).collect(), after.as_ref(), 3, &uri, |item: &i32| *item);
            seen.extend(page.items);
            after = seen.last().copied();
            if page.next.is_none() {
                break;
            }
            assert_eq!(page.next, after.map(|last| format!("/api/x?after={last}&limit=3")));
        }
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6]);
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
