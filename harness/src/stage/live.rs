//! The live protocol, as far as every program here speaks it.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::socket::{Message, Socket};

/// Opens a connection as a client of the live protocol does, up to the end of its first `sync`. `headers`
/// are whole lines, each with its line end; they say who the client is.
///
/// # Errors
/// With the status of a refusal, or if the connection ends.
pub async fn enter_live(server: SocketAddr, headers: &str) -> Result<Socket> {
    let mut socket = Socket::connect_with(server, "/api/live", headers).await?;
    let hello = next_event(&mut socket, "hello").await?;
    let sync = serde_json::json!({"type": "sync", "epoch": hello["epoch"], "rooms": {}});
    socket.writer.text(&sync.to_string()).await?;
    next_event(&mut socket, "ready").await?;
    Ok(socket)
}

/// The next event of a type; those before it are passed over.
///
/// # Errors
/// If the connection ends first.
pub async fn next_event(socket: &mut Socket, kind: &str) -> Result<Value> {
    loop {
        match socket.reader.next().await? {
            Message::Text(text) => {
                let event: Value = serde_json::from_str(&text)?;
                if event["type"] == kind {
                    return Ok(event);
                }
            }
            Message::Close(code) => bail!("closed with {code} before {kind}"),
        }
    }
}
