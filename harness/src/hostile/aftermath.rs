//! What is left of an attack: everything must be free again.

use std::{any::Any, time::Duration};

use anyhow::Result;
use tokio::time::{Instant, sleep};

use super::scene::{Scene, Usage};

/// After an attack all that it took is free again within this time.
const FREE_WITHIN: Duration = Duration::from_secs(30);
/// What a server may keep: a tenth of what it had, and this. An allocator keeps pages for the next request.
const KEPT_KIB: u64 = 24 * 1024;
/// What a server may have opened for good: connections to its database, up to the size of their pool.
const KEPT_DESCRIPTORS: usize = 16;
const POLL: Duration = Duration::from_millis(50);

/// How connections end that an attacker holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The server ends them while the attacker holds on.
    ByServer,
    /// The attacker closes them: each alone is one that a client may have.
    ByAttacker,
}

/// Waits until all is free; gives how long it took, or what was still in use.
pub async fn wait_until_free(
    scene: &mut Scene,
    before: Usage,
    release: Release,
    held: Vec<Box<dyn Any + Send>>,
) -> Result<Result<Duration, String>> {
    let began = Instant::now();
    let held = (release == Release::ByServer).then_some(held);
    loop {
        if let Some(status) = scene.papo.process.ended() {
            return Ok(Err(format!("the server ended: {status}")));
        }
        let now = scene.usage()?;
        let allowed_kib = before.resident_kib + before.resident_kib / 10 + KEPT_KIB;
        if now.descriptors <= before.descriptors + KEPT_DESCRIPTORS && now.resident_kib <= allowed_kib {
            drop(held);
            return Ok(Ok(began.elapsed()));
        }
        if began.elapsed() > FREE_WITHIN {
            return Ok(Err(format!(
                "after {FREE_WITHIN:?} there are {} descriptors ({} before) and {} MiB ({} allowed)",
                now.descriptors,
                before.descriptors,
                now.resident_kib / 1024,
                allowed_kib / 1024
            )));
        }
        sleep(POLL).await;
    }
}
