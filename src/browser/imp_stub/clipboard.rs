//! The clipboard.

pub fn can_copy() -> bool {
    false
}

#[expect(clippy::unused_async, reason = "the browser's twin waits")]
pub async fn copy(_text: &str) -> bool {
    false
}
