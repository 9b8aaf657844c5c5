//! Requests that do not come to the end of their headers.

use anyhow::Result;
use tokio::time::sleep_until;

use crate::hostile::target::Target;

pub(super) async fn unfinished_60k(target: &mut Target) -> Result<()> {
    unfinished(target, 60 * 1024).await
}

pub(super) async fn unfinished_390k(target: &mut Target) -> Result<()> {
    unfinished(target, 390 * 1024).await
}

pub(super) async fn silent(target: &mut Target) -> Result<()> {
    let until = target.until();
    let count = target.size(300, 1_000);
    target.send_and_hold(count, |_| Vec::new()).await;
    sleep_until(until).await;
    Ok(())
}

async fn unfinished(target: &mut Target, size: usize) -> Result<()> {
    let until = target.until();
    let mut request = format!("GET / HTTP/1.1\r\nHost: {}\r\n", target.server).into_bytes();
    for number in 0_usize.. {
        if request.len() >= size {
            break;
        }
        request.extend_from_slice(format!("X-Number-{number}: {:a<4000}\r\n", "").as_bytes());
    }
    request.truncate(size);
    let count = target.size(300, 1_000);
    let opened = target.send_and_hold(count, |_| request.clone()).await;
    target.note(format!("{opened} connected"));
    sleep_until(until).await;
    Ok(())
}
