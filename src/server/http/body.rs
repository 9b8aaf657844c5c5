//! Reading a request's body whole: never more of it than fits, and never for ever.

use std::{error::Error as _, io, time::Duration};

use axum::body::{Body, Bytes, HttpBody as _};
use futures::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use crate::error::{AppError, Reason};

/// A body may take this long to begin with,
const PATIENCE: Duration = Duration::from_secs(5);
/// and then one second for so many bytes.
const SLOWEST: u32 = 1024;

/// The body, if it has at most `max` bytes and comes at 1 KB/s or faster. A stream of events or a WebSocket
/// has no body that is read here.
///
/// # Errors
/// `TooLarge`; `Malformed` for broken chunks; `TooSlow`, also for a client that goes away in the middle of it.
pub(super) async fn read_body(body: Body, max: usize) -> Result<Bytes, AppError> {
    // Announced as too large: not a byte of it is read.
    if body.size_hint().lower() > max as u64 {
        return Err(too_large(max));
    }
    read_since(Instant::now(), body, max).await
}

async fn read_since(began: Instant, body: Body, max: usize) -> Result<Bytes, AppError> {
    let mut chunks = body.into_data_stream();
    let mut read = Vec::new();
    loop {
        let next = timeout_at(began + allowed(read.len()), chunks.next()).await;
        match next.map_err(|_| AppError::TooSlow)? {
            None => return Ok(read.into()),
            Some(Err(error)) if is_malformed(&error) => {
                return Err(AppError::malformed("", Reason::Malformed));
            }
            Some(Err(_)) => return Err(AppError::TooSlow),
            Some(Ok(chunk)) if read.len() + chunk.len() > max => return Err(too_large(max)),
            Some(Ok(chunk)) => read.extend_from_slice(&chunk),
        }
    }
}

/// Whether the body's chunks are not what HTTP says, as hyper finds.
fn is_malformed(error: &axum::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
        }
        cause = error.source();
    }
    false
}

fn too_large(max: usize) -> AppError {
    AppError::TooLarge { max: max as u64 }
}

/// How long after its beginning the chunk after so many bytes may come.
fn allowed(bytes: usize) -> Duration {
    PATIENCE + Duration::from_secs(bytes as u64) / SLOWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_whole_up_to_its_limit() {
        assert_eq!(read_body(Body::from("12345"), 5).await.unwrap(), "12345");
        assert_eq!(read_body(Body::empty(), 0).await.unwrap(), "");
        assert_eq!(read_body(Body::from("123456"), 5).await, Err(too_large(5)));
    }

    #[tokio::test]
    async fn a_body_that_does_not_say_its_length_is_cut_where_it_is_too_much() {
        let endless = futures::stream::repeat("chunk").map(Ok::<_, std::io::Error>);
        assert_eq!(read_body(Body::from_stream(endless), 1_000).await, Err(too_large(1_000)));
        let broken = futures::stream::iter([Ok("x"), Err(std::io::Error::other("gone"))]);
        assert_eq!(read_body(Body::from_stream(broken), 5).await, Err(AppError::TooSlow));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let long_ago = Instant::now().checked_sub(Duration::from_secs(6)).unwrap();
        let one = futures::stream::iter([Ok::<_, std::io::Error>("x")]);
        let silent = Body::from_stream(one.chain(futures::stream::pending()));
        assert_eq!(read_since(long_ago, silent, 5).await, Err(AppError::TooSlow));
    }

    #[test]
    fn time_grows_with_what_has_come() {
        assert_eq!(allowed(0), Duration::from_secs(5));
        assert_eq!(allowed(64 * 1024), Duration::from_secs(5 + 64));
    }
}
