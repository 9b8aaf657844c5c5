//! Downloads that are not read, or hardly.

use std::net::IpAddr;

use anyhow::Result;
use tokio::time::{Duration, Instant, sleep, sleep_until};

use crate::hostile::target::{ATTACKER, Target, open, send_all};

pub(super) async fn unread(target: &mut Target) -> Result<()> {
    hold(target, |_| ATTACKER).await
}

pub(super) async fn unread_by_many(target: &mut Target) -> Result<()> {
    hold(target, Target::any_address).await
}

async fn hold(target: &mut Target, client: impl Fn(&mut Target) -> IpAddr) -> Result<()> {
    let until = target.until();
    let count = target.size(300, 1_200);
    let opened = target
        .send_and_hold(count, |target| {
            let client = client(target);
            request(target, client)
        })
        .await;
    target.note(format!("{opened} connected"));
    sleep_until(until).await;
    Ok(())
}

pub(super) async fn trickled(target: &mut Target) -> Result<()> {
    let until = target.until();
    let request = request(target, ATTACKER);
    let mut streams = Vec::new();
    for _ in 0..200 {
        if let Some(stream) = open(target.server).await
            && send_all(&stream, &request).await.is_ok()
        {
            streams.push(stream);
        }
    }
    let mut buffer = [0; 1_024];
    while Instant::now() < until {
        streams.iter().for_each(|stream| drop(stream.try_read(&mut buffer)));
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

fn request(target: &Target, client: IpAddr) -> Vec<u8> {
    let (server, asset) = (target.server, &target.asset);
    format!("GET {asset} HTTP/1.1\r\nHost: {server}\r\nX-Forwarded-For: {client}\r\n\r\n").into_bytes()
}
