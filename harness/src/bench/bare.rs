//! The bare broadcaster: what arrives on one connection goes to all that opened the same path.
//!
//! It is the floor that Papo is measured against: one thread, no accounts, no storage, no JSON, no pings,
//! no bound on what waits for a slow reader. It writes each frame alone, or with `gather` once for all that
//! came in since the last write.

use std::{cell::RefCell, collections::HashMap, io, net::SocketAddr, rc::Rc};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{LocalSet, spawn_local},
};

const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const READ_BUFFER: usize = 256 * 1024;

struct Room {
    members: RefCell<Vec<Rc<Member>>>,
    /// What came in since the last write, if writes gather.
    gathered: RefCell<Vec<u8>>,
    came: Notify,
    gathers: bool,
}

struct Member {
    stream: TcpStream,
    /// What the system did not take yet.
    backlog: RefCell<Vec<u8>>,
}

/// Serves until it is killed; blocks its thread.
pub(super) fn broadcast(address: SocketAddr, gathers: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, accept(address, gathers))
}

async fn accept(address: SocketAddr, gathers: bool) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    let buffer = Rc::new(RefCell::new(vec![0; READ_BUFFER]));
    let mut rooms: HashMap<String, Rc<Room>> = HashMap::new();
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // Whoever only looks whether it listens asks nothing.
        let Ok(path) = upgrade(&mut stream).await else { continue };
        let room = rooms.entry(path).or_insert_with(|| Room::open(gathers));
        let member = Rc::new(Member { stream, backlog: RefCell::default() });
        room.members.borrow_mut().push(Rc::clone(&member));
        spawn_local(receive(member, Rc::clone(room), Rc::clone(&buffer)));
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

async fn receive(member: Rc<Member>, room: Rc<Room>, buffer: Rc<RefCell<Vec<u8>>>) {
    let mut unfinished = Vec::new();
    while member.stream.readable().await.is_ok() {
        let mut buffer = buffer.borrow_mut();
        match member.stream.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(length) if unfinished.is_empty() => {
                let end = room.hear(&buffer[..length]);
                unfinished.extend_from_slice(&buffer[end..length]);
            }
            Ok(length) => {
                unfinished.extend_from_slice(&buffer[..length]);
                let end = room.hear(&unfinished);
                unfinished.drain(..end);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    room.members.borrow_mut().retain(|other| !Rc::ptr_eq(other, &member));
}

impl Room {
    fn open(gathers: bool) -> Rc<Self> {
        let room = Rc::new(Self {
            members: RefCell::default(),
            gathered: RefCell::default(),
            came: Notify::new(),
            gathers,
        });
        if gathers {
            spawn_local(Rc::clone(&room).write_gathered());
        }
        room
    }

    /// Passes on all whole frames; gives where the last of them ended.
    fn hear(&self, bytes: &[u8]) -> usize {
        let (mut at, mut frame) = (0, Vec::new());
        while let Some(length) = unmask(&bytes[at..], &mut frame) {
            at += length;
            if self.gathers {
                self.gathered.borrow_mut().append(&mut frame);
                self.came.notify_one();
            } else {
                self.members.borrow().iter().for_each(|member| member.write(&frame));
                frame.clear();
            }
        }
        at
    }

    /// Runs after all connections that had something to say.
    async fn write_gathered(self: Rc<Self>) {
        loop {
            self.came.notified().await;
            let bytes = self.gathered.take();
            self.members.borrow().iter().for_each(|member| member.write(&bytes));
        }
    }
}

impl Member {
    fn write(self: &Rc<Self>, bytes: &[u8]) {
        let mut backlog = self.backlog.borrow_mut();
        let sent = if backlog.is_empty() { self.stream.try_write(bytes).unwrap_or(0) } else { 0 };
        if sent < bytes.len() {
            if backlog.is_empty() {
                spawn_local(Rc::clone(self).write_backlog());
            }
            backlog.extend_from_slice(&bytes[sent..]);
        }
    }

    async fn write_backlog(self: Rc<Self>) {
        while self.stream.writable().await.is_ok() {
            let mut backlog = self.backlog.borrow_mut();
            match self.stream.try_write(&backlog) {
                Ok(sent) => drop(backlog.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Its receiving task sees the end, too.
                Err(_) => return,
            }
            if backlog.is_empty() {
                return;
            }
        }
    }
}

/// Appends the first frame as a server sends it; gives where it ended, if it is whole.
fn unmask(bytes: &[u8], frame: &mut Vec<u8>) -> Option<usize> {
    let (length, header) = match bytes.get(1)? & 0x7f {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        short => (usize::from(short), 2),
    };
    let mask = bytes.get(header..header + 4)?;
    let payload = bytes.get(header + 4..header + 4 + length)?;
    frame.extend_from_slice(&[bytes[0], bytes[1] & 0x7f]);
    frame.extend_from_slice(&bytes[2..header]);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    Some(header + 4 + length)
}
