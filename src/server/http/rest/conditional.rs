//! `ETag` and `If-None-Match`: who has an answer already is not sent it again.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest as _, Sha256};

/// No answer of ours is larger.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// Tags each answer to a `GET` by its content, and answers 304 without it to who names that tag.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    // An answer to HEAD has lost the content by which it would be tagged.
    let is_read = *request.method() == Method::GET;
    let known = request.headers().get_all(header::IF_NONE_MATCH).into_iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_MAX).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let tag = tag_of(&body);
    let is_known = known.iter().any(|line| names(line, &tag));
    insert(&mut parts.headers, &tag);
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, body.into())
}

/// A weak tag: the same content may leave compressed or not.
fn tag_of(body: &Bytes) -> String {
    let digest = Sha256::digest(body);
    let hash: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hash}\"")
}

fn insert(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// Whether an `If-None-Match` names the tag, weak or strong.
fn names(line: &HeaderValue, tag: &str) -> bool {
    let strong = tag.trim_start_matches("W/");
    let line = line.to_str().unwrap_or_default();
    line.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == strong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_strong() {
        let tag = tag_of(&Bytes::from_static(b"{}"));
        assert_ne!(tag, tag_of(&Bytes::from_static(b"[]")));
        for (line, is_known) in [
            (tag.clone(), true),
            (format!("\"x\", {}", tag.trim_start_matches("W/")), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(names(&HeaderValue::from_str(&line).unwrap(), &tag), is_known, "{line}");
        }
    }
}
