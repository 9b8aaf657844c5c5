//! A stream of server-sent events over a connection of its own.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use memchr::memmem::find;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const LINE_END: &[u8] = b"\r\n";

#[derive(Debug)]
pub struct EventStream {
    stream: TcpStream,
    /// As it came: chunks, the last perhaps unfinished.
    buffer: Vec<u8>,
    /// What the chunks held.
    text: Vec<u8>,
}

impl EventStream {
    /// `headers` are whole lines, each with its line end.
    ///
    /// # Errors
    /// If nobody listens, or with the status of a refusal.
    pub async fn open(server: SocketAddr, path: &str, headers: &str) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        let mut events = Self { stream, buffer: Vec::new(), text: Vec::new() };
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: text/event-stream\r\n{headers}\r\n");
        events.stream.write_all(request.as_bytes()).await?;
        let head_end = loop {
            events.more().await?;
            if let Some(at) = find(&events.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8(events.buffer.drain(..head_end).collect())?;
        ensure!(head.starts_with("HTTP/1.1 200"), "no stream: {}", head.lines().next().unwrap_or_default());
        ensure!(head.to_lowercase().contains("transfer-encoding: chunked"), "a stream without chunks");
        Ok(events)
    }

    /// The data of the next event. Cancel-safe.
    ///
    /// # Errors
    /// If the connection ends, or carries something else.
    pub async fn next(&mut self) -> Result<String> {
        loop {
            self.unpack()?;
            while let Some(end) = find(&self.text, b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let event = String::from_utf8(event)?;
                let data: Vec<_> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                if !data.is_empty() {
                    return Ok(data.join("\n").trim_start().to_owned());
                }
            }
            self.more().await?;
        }
    }

    /// Moves whole chunks to the text.
    fn unpack(&mut self) -> Result<()> {
        let mut taken = 0;
        while let Some(length) = find(&self.buffer[taken..], LINE_END) {
            let size = std::str::from_utf8(&self.buffer[taken..taken + length])?;
            let size =
                usize::from_str_radix(size, 16).with_context(|| format!("no size of a chunk: {size}"))?;
            let start = taken + length + LINE_END.len();
            let end = start + size + LINE_END.len();
            if self.buffer.len() < end {
                break;
            }
            ensure!(size > 0, "the stream ended");
            self.text.extend_from_slice(&self.buffer[start..start + size]);
            taken = end;
        }
        self.buffer.drain(..taken);
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the stream");
        Ok(())
    }
}
