//! A server in this process, and one signed-in user.

use std::{net::SocketAddr, time::Duration};

use clap::Parser as _;
use papo::server::{config::CommandLine, start};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Every request here is complete: nobody needs longer to answer it.
const PATIENCE: Duration = Duration::from_secs(20);
/// What no answer to one request is larger than.
const ANSWER_MAX: usize = 1024 * 1024;
const FORM: &str = "username=fuzz&name=Fuzz&email=fuzz%40example.org&password=a+long+password&password_again=a+long+password";

pub struct Server {
    pub address: SocketAddr,
    /// The header of the user's session, with its line end.
    pub cookie: String,
    _data: tempfile::TempDir,
}

pub struct Answer {
    pub status: u16,
    head: String,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl Server {
    /// Without limits: what is tried here is what they let through.
    pub async fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join("data");
        let line = ["papo", "--listen", "127.0.0.1:0", "--limits", "off", "--log", "off", "--data"];
        let options =
            CommandLine::parse_from(line.into_iter().map(Into::into).chain([folder.into_os_string()]));
        let server = start(options.options).await.expect("the server starts");
        let address = server.address;
        tokio::spawn(server.serve(std::future::pending()));
        let mut started = Self { address, cookie: String::new(), _data: data };
        let answer = started.post("/fn/register", "", FORM.as_bytes()).await;
        assert_eq!(answer.status, 200, "the user is registered");
        let cookies = answer.head.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.split(';').next().unwrap_or_default().trim())
        });
        started.cookie = format!("Cookie: {}\r\n", cookies.collect::<Vec<_>>().join("; "));
        started
    }

    /// Sends a form as a page of the server's own origin; `headers` are whole lines.
    pub async fn post(&self, path: &str, headers: &str, body: &[u8]) -> Answer {
        let (address, length) = (self.address, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        );
        self.ask(&[head.as_bytes(), body].concat()).await
    }

    /// Sends a whole request that asks for the end of the connection, and reads the answer.
    pub async fn ask(&self, request: &[u8]) -> Answer {
        let shown = String::from_utf8_lossy(request);
        let answer = timeout(PATIENCE, exchange(self.address, request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {shown:?}"));
        assert!(answer.len() <= ANSWER_MAX, "more than {ANSWER_MAX} bytes for {shown:?}");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("closed without an answer to {shown:?}"));
        assert!(status < 500, "{status} for {shown:?}");
        Answer { status, head }
    }
}

/// What the server says until it ends the connection. After an upgrade it is asked to: a WebSocket has no other end.
async fn exchange(server: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).await.expect("a connection");
    // A server that refuses in the middle of a request closes.
    stream.write_all(request).await.ok();
    let (mut answer, mut has_ended) = (Vec::new(), false);
    while answer.len() <= ANSWER_MAX && matches!(stream.read_buf(&mut answer).await, Ok(1..)) {
        if !has_ended && answer.starts_with(b"HTTP/1.1 101") {
            has_ended = true;
            stream.shutdown().await.ok();
        }
    }
    answer
}
