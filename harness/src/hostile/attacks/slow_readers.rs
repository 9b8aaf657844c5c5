//! Clients that read nothing, in a room where much is said.

use anyhow::Result;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Duration, sleep, timeout_at},
};

use super::socketio::join_by_polling;
use crate::{
    hostile::target::{Target, open, send_all},
    socket::append_text,
    stage::enter_live,
};

/// Of each of the attackers' accounts: fewer than one user may have.
const CONNECTIONS_EACH: usize = 15;
/// Of `<`, each of which HTML writes with four characters: what is said meanwhile is more than the system and the
/// server keep for a reader.
const TEXT: usize = 1_500;
const SPEAKERS: usize = 3;

pub(super) async fn events(target: &mut Target) -> Result<()> {
    open_all(target, "GET /api/events HTTP/1.1\r\nAccept: text/event-stream\r\n", b"").await;
    speak(target).await
}

pub(super) async fn live(target: &mut Target) -> Result<()> {
    open_all(target, &format!("GET /api/live HTTP/1.1\r\n{UPGRADE}"), b"").await;
    speak(target).await
}

pub(super) async fn socketio(target: &mut Target) -> Result<()> {
    let head = format!("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{UPGRADE}");
    let mut frames = Vec::new();
    append_text(&mut frames, b"40");
    append_text(&mut frames, br#"42["join",{"room":"general"}]"#);
    open_all(target, &head, &frames).await;
    speak(target).await
}

pub(super) async fn polling(target: &mut Target) -> Result<()> {
    let mut joined = 0;
    for (number, attacker) in target.people.clone().attackers.iter().enumerate() {
        for _ in 0..CONNECTIONS_EACH {
            let mut http = target.http(address(number)).await?;
            joined += usize::from(join_by_polling(&mut http, &attacker.cookie).await.is_ok());
            target.held.push(Box::new(http));
        }
    }
    target.expect(joined > 0, || "nobody could join by polling".to_owned());
    target.note(format!("{joined} joined"));
    speak(target).await
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: cGFwbyBoYXJuZXNzIGtleQ==\r\n";

/// Opens connections of all attackers, whose request begins with `head`, and sends `frames` over each.
async fn open_all(target: &mut Target, head: &str, frames: &[u8]) {
    let server = target.server;
    let mut opened = 0;
    for (number, attacker) in target.people.clone().attackers.iter().enumerate() {
        for _ in 0..CONNECTIONS_EACH {
            let client = address(number);
            let request = format!(
                "{head}Host: {server}\r\nOrigin: http://{server}\r\nX-Forwarded-For: {client}\r\nCookie: {}\r\n\r\n",
                attacker.cookie
            );
            let Some(stream) = open(server).await else { continue };
            opened += usize::from(is_accepted(&stream, request.as_bytes()).await);
            send_all(&stream, frames).await.ok();
            target.held.push(Box::new(stream));
        }
    }
    target.expect(opened > 0, || "no connection was accepted".to_owned());
    target.note(format!("{opened} connected"));
}

/// Sends a request and looks at the first bytes of its answer, the last that are read.
async fn is_accepted(stream: &TcpStream, request: &[u8]) -> bool {
    if send_all(stream, request).await.is_err() || stream.readable().await.is_err() {
        return false;
    }
    let mut status = [0; 12];
    let read = stream.try_read(&mut status).unwrap_or(0);
    matches!(&status[..read], b"HTTP/1.1 101" | b"HTTP/1.1 200")
}

fn address(number: usize) -> std::net::IpAddr {
    std::net::Ipv4Addr::new(203, 0, 113, u8::try_from(number).unwrap_or(0) + 1).into()
}

/// Long messages to `general` by several accounts, as many as they may send.
async fn speak(target: &mut Target) -> Result<()> {
    let text = "<".repeat(TEXT);
    let mut speakers = JoinSet::new();
    for attacker in target.people.attackers.iter().rev().take(SPEAKERS) {
        let headers = format!("Cookie: {}\r\nX-Forwarded-For: 192.0.2.1\r\n", attacker.cookie);
        let (server, room, text) = (target.server, target.people.room.id, text.clone());
        speakers.spawn(timeout_at(target.until(), async move {
            let mut socket = enter_live(server, &headers).await?;
            let drain = async { while matches!(socket.reader.read(&mut |_| {}).await, Ok(true)) {} };
            let say = async {
                loop {
                    let cid = uuid::Uuid::now_v7().to_string();
                    let message =
                        serde_json::json!({"type": "message", "cid": cid, "room": room, "text": text});
                    socket.writer.text(&message.to_string()).await?;
                    sleep(Duration::from_millis(30)).await;
                }
            };
            tokio::select! { () = drain => anyhow::Ok(()), said = say => said }
        }));
    }
    while let Some(spoken) = speakers.join_next().await {
        if let Ok(ended) = spoken? {
            ended?;
        }
    }
    Ok(())
}
