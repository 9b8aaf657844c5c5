//! A small HTTP/1.1 client over one kept connection: enough for forms, JSON and pages.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Header lines of each request.
    always: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
    /// From the last byte of the request to the first of the answer.
    pub first_byte: Duration,
}

impl Answer {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// The values of all headers of this name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The cookies that this answer sets, as the value of a header `Cookie`.
    pub fn cookies(&self) -> String {
        let cookies = self.headers("set-cookie").filter_map(|cookie| cookie.split(';').next());
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// # Errors
    /// If the body is not JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// # Errors
    /// If the status is another.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.text());
        Ok(self)
    }
}

impl Http {
    /// # Errors
    /// If nobody listens.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, buffer: Vec::new(), always: String::new() })
    }

    /// Says in each request, as a proxy does, that it comes from `client`.
    #[must_use]
    pub fn on_behalf_of(mut self, client: IpAddr) -> Self {
        self.always = format!("X-Forwarded-For: {client}\r\n");
        self
    }

    /// `headers` are whole lines, each with its line end.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let Self { address, always, .. } = self;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{always}{headers}\r\n");
        self.ask(request.as_bytes()).await
    }

    /// Posts a form as one of the server's own pages does.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn post(&mut self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send("POST", path, cookie, "application/x-www-form-urlencoded", &body).await
    }

    /// Sends JSON, for instance `null` where there is nothing to say, as a page of the server's own origin.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn send_json(
        &mut self,
        method: &str,
        path: &str,
        cookie: &str,
        body: &Value,
    ) -> Result<Answer> {
        self.send(method, path, cookie, "application/json", &body.to_string()).await
    }

    /// Posts a plain text as a page of the server's own origin.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn post_text(&mut self, path: &str, cookie: &str, text: &str) -> Result<Answer> {
        self.send("POST", path, cookie, "text/plain;charset=UTF-8", text).await
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        cookie: &str,
        kind: &str,
        body: &str,
    ) -> Result<Answer> {
        let Self { address, always, .. } = self;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n{always}\
             Cookie: {cookie}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.ask(request.as_bytes()).await
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let asked = Instant::now();
        self.buffer.clear();
        self.more().await?;
        let first_byte = asked.elapsed();
        let head_end = loop {
            match memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.more().await?,
            }
        };
        let head = std::str::from_utf8(&self.buffer[..head_end])?.to_owned();
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let mut answer = Answer { status, head, body: Vec::new(), first_byte };
        answer.body = if answer.header("transfer-encoding") == Some("chunked") {
            self.read_chunks(head_end).await?
        } else {
            let length: usize = answer.header("content-length").unwrap_or("0").parse()?;
            self.fill(head_end + length).await?;
            self.buffer[head_end..head_end + length].to_vec()
        };
        Ok(answer)
    }

    async fn read_chunks(&mut self, mut at: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                match memchr::memmem::find(&self.buffer[at..], b"\r\n") {
                    Some(length) => break length,
                    None => self.more().await?,
                }
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[at..at + line])?, 16)?;
            let start = at + line + 2;
            self.fill(start + size + 2).await?;
            body.extend_from_slice(&self.buffer[start..start + size]);
            at = start + size + 2;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn fill(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        self.buffer.reserve(16 * 1024);
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
