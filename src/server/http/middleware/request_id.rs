//! `X-Request-Id`: a proxy may give each request its id, which stands in the log and in the answer.

use axum::{extract::Request, http::HeaderName};

const NAME: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 64;

/// Takes away an id that is not plain; the request then gets one of our own.
pub(in crate::server::http) async fn drop_odd_request_id(mut request: Request) -> Request {
    let mut ids = request.headers().get_all(NAME).iter();
    let is_plain = ids.next().is_none_or(|id| is_plain(id.as_bytes())) && ids.next().is_none();
    if !is_plain {
        request.headers_mut().remove(NAME);
    }
    request
}

fn is_plain(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_up_to_64_plain_characters() {
        for id in ["a", "-", "0198b6a0-7c3e-7000-8000-000000000000", &"x".repeat(64)] {
            assert!(is_plain(id.as_bytes()), "{id}");
        }
        for id in ["", " a", "a b", "a_b", "a.b", "é", "a\t", "<b>", &"x".repeat(65)] {
            assert!(!is_plain(id.as_bytes()), "{id}");
        }
    }
}
