//! The bare broadcaster: what arrives on one connection goes to all that opened the same path.
//!
//! It is the floor that Papo is measured against: no accounts, no storage, no JSON, no pings, queues without
//! an end. It writes each frame alone, or with `gather` all frames that wait for a connection at once.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

type Frame = Arc<[u8]>;
type Room = Arc<Mutex<Vec<UnboundedSender<Frame>>>>;

const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const READ_BUFFER: usize = 16 * 1024;
const GATHERED: usize = 1_024;

/// Serves until it is killed.
pub(super) async fn broadcast(address: SocketAddr, gathers: bool) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    let mut rooms: HashMap<String, Room> = HashMap::new();
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // Whoever only looks whether it listens asks nothing.
        let Ok(path) = upgrade(&mut stream).await else { continue };
        let room = Arc::clone(rooms.entry(path).or_default());
        let (reader, writer) = stream.into_split();
        let (sender, waiting) = unbounded_channel();
        lock(&room).push(sender);
        tokio::spawn(async move { receive(reader, &room).await });
        if gathers {
            tokio::spawn(send_gathered(writer, waiting));
        } else {
            tokio::spawn(send_each(writer, waiting));
        }
    }
}

async fn upgrade(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut head).await? > 0, "closed");
    }
    stream.write_all(ANSWER).await?;
    let head = std::str::from_utf8(&head)?;
    Ok(head.split(' ').nth(1).context("no path")?.to_owned())
}

async fn receive(mut reader: OwnedReadHalf, room: &Room) {
    let mut buffer = Vec::with_capacity(READ_BUFFER);
    while reader.read_buf(&mut buffer).await.is_ok_and(|length| length > 0) {
        let mut at = 0;
        while let Some((frame, end)) = unmask(&buffer[at..]) {
            at += end;
            lock(room).retain(|member| member.send(Arc::clone(&frame)).is_ok());
        }
        buffer.drain(..at);
    }
}

/// The first frame as a server sends it, and where it ended, if it is whole.
fn unmask(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (length, header) = match bytes.get(1)? & 0x7f {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        short => (usize::from(short), 2),
    };
    let mask = bytes.get(header..header + 4)?;
    let payload = bytes.get(header + 4..header + 4 + length)?;
    let mut frame = Vec::with_capacity(header + length);
    frame.extend_from_slice(&bytes[..header]);
    frame[1] &= 0x7f;
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    Some((frame.into(), header + 4 + length))
}

async fn send_each(mut writer: OwnedWriteHalf, mut waiting: UnboundedReceiver<Frame>) {
    while let Some(frame) = waiting.recv().await {
        if writer.write_all(&frame).await.is_err() {
            return;
        }
    }
}

async fn send_gathered(mut writer: OwnedWriteHalf, mut waiting: UnboundedReceiver<Frame>) {
    let (mut frames, mut bytes) = (Vec::new(), Vec::new());
    while waiting.recv_many(&mut frames, GATHERED).await > 0 {
        bytes.clear();
        frames.drain(..).for_each(|frame| bytes.extend_from_slice(&frame));
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn lock(room: &Room) -> std::sync::MutexGuard<'_, Vec<UnboundedSender<Frame>>> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}
