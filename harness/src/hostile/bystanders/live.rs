//! People with a live connection: a ping each 100 ms, a message now and then.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Deed, Here, address, each};
use crate::{
    socket::Socket,
    stage::{enter_live, next_event},
};

/// Everyone sends a message with each twentieth ping.
const MESSAGE_EVERY: usize = 20;

pub(super) async fn enter(here: &Here, number: usize) -> Result<Socket> {
    let cookie = &here.people.crowd[number].cookie;
    let headers = format!("Cookie: {cookie}\r\nX-Forwarded-For: {}\r\n", address(number));
    enter_live(here.server, &headers).await.context("a bystander may not enter")
}

pub(super) async fn talk(here: Here, number: usize, socket: Socket) {
    let mut socket = Some(socket);
    let mut ticks = each(100);
    // Not all at once.
    let mut count = number * MESSAGE_EVERY / here.people.crowd.len();
    while let Some(figures) = here.figures() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = read(&mut socket) => { ticks.tick().await; }
        }
        count += 1;
        let deed = if count.is_multiple_of(MESSAGE_EVERY) { Deed::Message } else { Deed::Ping };
        let went_well = figures
            .time(deed, async {
                let socket = match &mut socket {
                    Some(socket) => socket,
                    empty => empty.insert(enter(&here, number).await?),
                };
                match deed {
                    Deed::Message => send(socket, here.people.room.id).await,
                    _ => ping(socket).await,
                }
            })
            .await;
        if !went_well {
            socket = None;
        }
    }
}

/// Reads what others say, until the connection ends; the next ping finds that out.
async fn read(socket: &mut Option<Socket>) {
    match socket {
        Some(socket) => while socket.reader.next().await.is_ok() {},
        None => std::future::pending().await,
    }
}

async fn ping(socket: &mut Socket) -> Result<()> {
    socket.writer.text(r#"{"type":"ping"}"#).await?;
    next_event(socket, "pong").await.map(drop)
}

async fn send(socket: &mut Socket, room: i64) -> Result<()> {
    let message = json!({"type": "message", "cid": uuid::Uuid::now_v7().to_string(), "room": room, "text": "Good morning!"});
    socket.writer.text(&message.to_string()).await?;
    next_event(socket, "delivery").await.map(drop)
}
