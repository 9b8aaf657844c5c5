//! A connection on which the test writes and reads bytes of its own choosing.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::TcpStream,
};

/// How long the server may take before the test is given up.
const PATIENCE: Duration = Duration::from_secs(15);

pub struct Raw {
    pub stream: TcpStream,
    read: Vec<u8>,
}

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    pub status: u16,
    pub text: String,
}

impl Raw {
    pub async fn connect(origin: &str) -> Self {
        let stream = TcpStream::connect(origin.trim_start_matches("http://")).await.unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Connects and sends this.
    pub async fn send(origin: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut raw = Self::connect(origin).await;
        // The server may have refused it before it has all come.
        drop(raw.stream.write_all(bytes.as_ref()).await);
        raw
    }

    /// The answer to a request without a body.
    pub async fn ask(origin: &str, method: &str, path: &str, headers: &str) -> Head {
        Self::send(origin, format!("{method} {path} HTTP/1.1\r\n{headers}\r\n")).await.head().await
    }

    /// The head of the next answer.
    pub async fn head(&mut self) -> Head {
        loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
                let status = text.split(' ').nth(1).unwrap().parse().unwrap();
                return Head { status, text: text.to_lowercase() };
            }
            assert!(self.more().await, "the connection ended: {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    /// Everything until the server ends the connection.
    pub async fn rest(mut self) -> Vec<u8> {
        while self.more().await {}
        self.read
    }

    /// Waits until the server has reset the connection, without reading anything.
    pub async fn reset(&self) {
        let reset = tokio::time::timeout(PATIENCE, self.stream.ready(Interest::ERROR)).await;
        assert!(reset.expect("the connection goes on").unwrap().is_error());
    }

    /// Reads what comes next; false at the end.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        read.expect("nothing came").is_ok_and(|read| read > 0)
    }

    /// Reads until this has come.
    pub async fn until(&mut self, bytes: &[u8]) -> usize {
        loop {
            let found = self.read.windows(bytes.len()).filter(|window| *window == bytes).count();
            if found > 0 {
                return found;
            }
            assert!(self.more().await, "the connection ended");
        }
    }
}
