//! A proxy that understands frames and tells one lie, to show that the checker would notice a server
//! with that bug.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use super::checker::Law;
use crate::socket::{append_text, opcode};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lie {
    /// Acknowledges a send and never stores it.
    AcknowledgeBeforeCommit,
    /// Loses one event.
    DropEvent,
    /// Stores a retry once more.
    SkipCidCheck,
    /// Tells two events in the wrong order.
    SwapEvents,
    /// Tells an event twice.
    RepeatEvent,
    /// Tells one member other words than the rest.
    ChangeText,
    /// Serves a restored database under its old epoch. The case does it to the database itself.
    KeepEpoch,
}

impl Lie {
    /// The law that this bug breaks.
    pub const fn breaks(self) -> Law {
        match self {
            Self::AcknowledgeBeforeCommit => Law::AcknowledgedIsKept,
            Self::DropEvent | Self::SwapEvents => Law::StreamHasNoHole,
            Self::SkipCidCheck => Law::AnswersAgree,
            Self::RepeatEvent => Law::StreamNeverStepsBack,
            Self::ChangeText => Law::MembersAgree,
            Self::KeepEpoch => Law::EventsEqualFetch,
        }
    }
}

/// A listening liar; dropping it ends it.
#[derive(Debug)]
pub struct Liar {
    pub address: SocketAddr,
    task: AbortHandle,
}

/// What is true until so many chances have passed.
const TRUE_FOR: u32 = 15;

#[derive(Debug)]
struct Mind {
    lie: Lie,
    chances: u32,
    has_lied: bool,
    acknowledged: HashSet<String>,
    /// The cid that the client knows, and the one that the server was told.
    renamed: Option<(String, String)>,
    /// An event that is told after the next one.
    held: Option<Value>,
}

/// What is said instead, to either side.
#[derive(Debug, Default)]
struct Said {
    to_server: Vec<Value>,
    to_client: Vec<Value>,
}

impl Liar {
    /// # Errors
    /// If there is no free port.
    pub async fn start(server: SocketAddr, lie: Lie) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mind = Mind {
            lie,
            chances: 0,
            has_lied: false,
            acknowledged: HashSet::new(),
            renamed: None,
            held: None,
        };
        let mind = Arc::new(Mutex::new(mind));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A connection that breaks is seen by its ends.
                let mind = Arc::clone(&mind);
                tokio::spawn(async move { carry(client, server, &mind).await.ok() });
            }
        });
        Ok(Self { address, task: task.abort_handle() })
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mind {
    /// Whether the time has come; true once.
    fn is_time(&mut self) -> bool {
        self.chances += 1;
        let now = self.chances > TRUE_FOR && !self.has_lied;
        self.has_lied |= now;
        now
    }

    fn client_says(&mut self, mut frame: Value) -> Said {
        if frame["type"] == "message" {
            let cid = frame["cid"].as_str().unwrap_or_default().to_owned();
            if self.lie == Lie::AcknowledgeBeforeCommit && self.is_time() {
                let room = frame["room"].clone();
                let delivery = json!({ "type": "delivery", "cid": cid, "room": room, "id": 1, "seq": 1_i64 << 40, "at": 0 });
                return Said { to_client: vec![delivery], ..Said::default() };
            }
            if self.lie == Lie::SkipCidCheck && self.acknowledged.contains(&cid) && !self.has_lied {
                self.has_lied = true;
                let other = uuid::Uuid::now_v7().to_string();
                frame["cid"] = json!(other);
                self.renamed = Some((cid, other));
            }
        }
        Said { to_server: vec![frame], ..Said::default() }
    }

    fn server_says(&mut self, mut frame: Value) -> Said {
        let mut told = Vec::new();
        if frame["type"] == "delivery" {
            if let Some((own, other)) = &self.renamed
                && frame["cid"] == json!(other)
            {
                frame["cid"] = json!(own);
            }
            self.acknowledged.extend(frame["cid"].as_str().map(str::to_owned));
        }
        if frame["type"] == "message" {
            let lie = self.lie;
            match lie {
                Lie::DropEvent if self.is_time() => return Said::default(),
                Lie::RepeatEvent if self.is_time() => told.push(frame.clone()),
                Lie::ChangeText if self.is_time() => frame["text"] = json!("something else"),
                Lie::SwapEvents if self.is_time() => {
                    self.held = Some(frame);
                    return Said::default();
                }
                _ => {}
            }
            if self.held.as_ref().is_some_and(|held| held["room"] == frame["room"]) {
                told.push(std::mem::take(&mut frame));
                told.extend(self.held.take());
                return Said { to_client: told, ..Said::default() };
            }
        }
        told.push(frame);
        Said { to_client: told, ..Said::default() }
    }
}

fn lock(mind: &Mutex<Mind>) -> MutexGuard<'_, Mind> {
    mind.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(mut client: TcpStream, server: SocketAddr, mind: &Mutex<Mind>) -> Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asked, mut told) = (Vec::new(), Vec::new());
    pass_head(&mut client, &mut server, &mut asked).await?;
    pass_head(&mut server, &mut client, &mut told).await?;
    loop {
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        while let Some(frame) = Raw::take(&mut asked) {
            match frame.json() {
                Some(value) => lock(mind).client_says(value).append(&mut to_server, &mut to_client),
                None => to_server.extend(frame.bytes),
            }
        }
        while let Some(frame) = Raw::take(&mut told) {
            match frame.json() {
                Some(value) => lock(mind).server_says(value).append(&mut to_server, &mut to_client),
                None => to_client.extend(frame.bytes),
            }
        }
        server.write_all(&to_server).await?;
        client.write_all(&to_client).await?;
        let read = tokio::select! {
            read = client.read_buf(&mut asked) => read?,
            read = server.read_buf(&mut told) => read?,
        };
        ensure!(read > 0, "the connection ended");
    }
}

async fn pass_head(from: &mut TcpStream, to: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    let end = loop {
        if let Some(at) = memchr::memmem::find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        ensure!(from.read_buf(buffer).await? > 0, "the connection ended in its head");
    };
    to.write_all(&buffer[..end]).await?;
    buffer.drain(..end);
    Ok(())
}

impl Said {
    fn append(&self, to_server: &mut Vec<u8>, to_client: &mut Vec<u8>) {
        self.to_server.iter().for_each(|frame| append_text(to_server, frame.to_string().as_bytes()));
        self.to_client.iter().for_each(|frame| append_plain(to_client, frame.to_string().as_bytes()));
    }
}

/// Appends a text frame as a server writes it.
fn append_plain(out: &mut Vec<u8>, text: &[u8]) {
    out.push(0x80 | opcode::TEXT);
    if let Ok(length @ 0..126) = u8::try_from(text.len()) {
        out.push(length);
    } else if let Ok(length) = u16::try_from(text.len()) {
        out.push(126);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    }
    out.extend_from_slice(text);
}

/// A frame as it came, and what it says.
struct Raw {
    bytes: Vec<u8>,
    payload: Vec<u8>,
}

impl Raw {
    /// Cuts the first frame off, if it is whole.
    fn take(buffer: &mut Vec<u8>) -> Option<Self> {
        let second = *buffer.get(1)?;
        let (mut at, length) = match second & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?)).ok()?),
            short => (2, usize::from(short)),
        };
        let is_masked = second & 0x80 != 0;
        let mask: [u8; 4] = if is_masked { buffer.get(at..at + 4)?.try_into().ok()? } else { [0; 4] };
        at += if is_masked { 4 } else { 0 };
        let payload = buffer.get(at..at + length)?;
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let bytes = buffer.drain(..at + length).collect();
        Some(Self { bytes, payload })
    }

    /// What a text frame says.
    fn json(&self) -> Option<Value> {
        let is_text = self.bytes[0] == 0x80 | opcode::TEXT;
        if is_text { serde_json::from_slice(&self.payload).ok() } else { None }
    }
}
