//! One message in more fragments than anybody counts.

use anyhow::Result;

use crate::{
    hostile::{
        hose::{Stream, flood_live},
        target::Target,
    },
    socket::append_frame,
};

const CONNECTIONS: usize = 4;
const BLOCK: usize = 64 * 1024;
const CONTINUATION: u8 = 0;
/// The first bit of a frame that ends its message.
const END: u8 = 0x80;

pub(super) async fn empty(target: &mut Target) -> Result<()> {
    pour(target, b"").await
}

pub(super) async fn tiny(target: &mut Target) -> Result<()> {
    pour(target, b"a").await
}

async fn pour(target: &mut Target, payload: &[u8]) -> Result<()> {
    // A text that does not end, and what continues it.
    let first = vec![0x01, 0x81, 0, 0, 0, 0, b'"'];
    let mut fragment = Vec::new();
    append_frame(&mut fragment, CONTINUATION, payload);
    fragment[0] &= !END;
    let again = fragment.repeat(BLOCK / fragment.len());
    let taken = flood_live(target, CONNECTIONS, Stream { first, again }).await;
    target.note(taken.to_string());
    Ok(())
}
