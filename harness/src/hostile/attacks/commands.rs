//! Commands of the live protocol, more than anybody may send.

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::{
    hostile::{
        hose::{Stream, flood_live},
        target::{ATTACKER, Target},
    },
    socket::append_text,
    stage::{enter_live, next_event},
};

const CONNECTIONS: usize = 4;
/// What a `sync` may name.
const ROOMS_MAX: usize = 500;

pub(super) async fn flood(target: &mut Target) -> Result<()> {
    let mut again = Vec::new();
    for command in [r#"{"type":"ping"}"#, r#"{"type":"who"}"#, "nonsense"] {
        append_text(&mut again, command.as_bytes());
    }
    pour(target, again.repeat(500)).await
}

/// The first attacker is in hundreds of channels; the others name them without being there.
pub(super) async fn sync(target: &mut Target) -> Result<()> {
    let cookie = &target.people.attackers[0].cookie;
    let headers = format!("Cookie: {cookie}\r\nX-Forwarded-For: {ATTACKER}\r\n");
    let mut socket = enter_live(target.server, &headers).await?;
    socket.writer.text(r#"{"type":"sync","epoch":"","rooms":{}}"#).await?;
    let rooms = next_event(&mut socket, "rooms").await?;
    let rooms = rooms["rooms"].as_array().context("no rooms")?.iter().take(ROOMS_MAX);
    let cursors: Map<String, Value> = rooms.map(|room| (room["id"].to_string(), json!(0))).collect();
    target.note(format!("{} rooms", cursors.len()));
    let mut again = Vec::new();
    append_text(&mut again, json!({"type": "sync", "epoch": "", "rooms": cursors}).to_string().as_bytes());
    pour(target, again).await
}

async fn pour(target: &mut Target, again: Vec<u8>) -> Result<()> {
    let taken = flood_live(target, CONNECTIONS, Stream { first: Vec::new(), again }).await;
    target.note(taken.to_string());
    Ok(())
}
