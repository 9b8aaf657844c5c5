//! A list that is read in pages, and the addresses at which it goes on.

use std::cmp::Reverse;

use axum::{
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::Json;
use crate::{
    error::{AppError, Reason},
    model::{People, Timestamp, UserRef},
};

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
    /// Who they are whom the items name by id.
    #[serde(skip_serializing_if = "People::is_empty")]
    #[schema(value_type = Vec<UserRef>, required = false)]
    people: People,
}

impl<T> Page<T> {
    /// A whole list.
    pub(super) fn new(items: Vec<T>) -> Self {
        Self { items, next: None, prev: None, people: People::default() }
    }

    #[must_use]
    pub(super) fn with_people(self, people: People) -> Self {
        Self { people, ..self }
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

/// Which page is wanted of a list whose latest item comes first.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LatestFirst {
    /// Goes on after this place, which `next` of the page before names.
    after: Option<String>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// The place of an item that was made at this moment. The latest one has the first place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PageCursor(Reverse<i64>, String);

/// The part of `items` that is wanted. They must be few: all of them are put into order.
///
/// # Errors
/// `Invalid` for `after` or `limit`.
pub(super) fn latest_first<T>(
    items: Vec<T>,
    wanted: &LatestFirst,
    uri: &Uri,
    made_and_id: impl Fn(&T) -> (Timestamp, String),
) -> Result<Page<T>, AppError> {
    let limit = page_size(wanted.limit)?;
    let read = |after: &String| {
        let (at, id) = after.split_once(':')?;
        Some(PageCursor(Reverse(at.parse().ok()?), id.to_owned()))
    };
    let malformed = || AppError::invalid("after", Reason::Malformed);
    let after = wanted.after.as_ref().map(|after| read(after).ok_or_else(malformed)).transpose()?;
    let place = |item: &T| {
        let (made, id) = made_and_id(item);
        PageCursor(Reverse(made.0), id)
    };
    let is_wanted = |item: &T| after.as_ref().is_none_or(|after| place(item) > *after);
    let mut rest: Vec<T> = items.into_iter().filter(is_wanted).collect();
    rest.sort_by_cached_key(place);
    let goes_on = rest.len() > limit;
    rest.truncate(limit);
    let last = rest.last().filter(|_| goes_on).map(place);
    let next = last.map(|PageCursor(Reverse(at), id)| format!("{at}:{id}"));
    Ok(Page::new(rest).going_on(uri, next, limit))
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
        // Three were made at once.
        let items: Vec<(i64, &str)> = vec![(5, "a"), (9, "b"), (7, "z"), (7, "y"), (7, "x"), (1, "c")];
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let wanted = LatestFirst { after, limit: Some(2) };
            let uri = Uri::from_static("/api/x");
            let page =
                latest_first(items.clone(), &wanted, &uri, |(at, id)| (Timestamp(*at), (*id).to_owned()));
            let Page { items, next, .. } = page.unwrap();
            seen.extend(items);
            let Some(next) = next else { break };
            let query = next.strip_prefix("/api/x?").unwrap();
            let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
            after = Some(fields[0].1.clone());
        }
        assert_eq!(seen, [(9, "b"), (7, "x"), (7, "y"), (7, "z"), (5, "a"), (1, "c")]);
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
