//! A lean WebSocket client, so that ten thousand of them cost one process little.
//!
//! A connection owns no buffer while it is quiet: what arrives is parsed where the thread's one read
//! buffer holds it, and only an unfinished frame is kept. Pings are answered by themselves.

mod frame;
mod reader;
mod writer;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result, ensure};
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpStream};

pub use frame::{Frame, append_frame, append_text, opcode};
pub use reader::{Message, Reader};
pub use writer::Writer;

/// Both ways of a connection; each may live in a task of its own.
#[derive(Debug)]
pub struct Socket {
    pub reader: Reader,
    pub writer: Writer,
}

/// What both ways share.
#[derive(Debug)]
struct Wire {
    stream: TcpStream,
    /// What the system did not take yet; whole frames, but for the first.
    backlog: Mutex<Vec<u8>>,
}

impl Socket {
    /// Opens `path` with the header `Cookie: {cookie}` and the server's own origin.
    ///
    /// # Errors
    /// If nobody listens, or with the status of a refusal.
    pub async fn connect(server: SocketAddr, path: &str, cookie: &str) -> Result<Self> {
        Self::connect_with(server, path, &format!("Cookie: {cookie}\r\n")).await
    }

    /// Opens `path` with the server's own origin and `headers`, whole lines, each with its line end.
    ///
    /// # Errors
    /// As `connect`.
    pub async fn connect_with(server: SocketAddr, path: &str, headers: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\n{headers}\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: cGFwbyBoYXJuZXNzIGtleQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let head_end = loop {
            ensure!(stream.read_buf(&mut answer).await? > 0, "closed before the upgrade");
            if let Some(at) = memchr::memmem::find(&answer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(&answer[..head_end])?;
        let status = head.split(' ').nth(1).context("no status")?;
        ensure!(status == "101", "no upgrade: status {status}");
        let wire = Arc::new(Wire { stream, backlog: Mutex::default() });
        let reader = Reader::new(Arc::clone(&wire), answer.split_off(head_end));
        Ok(Self { reader, writer: Writer::new(wire) })
    }
}
