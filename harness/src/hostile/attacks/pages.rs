//! What somebody else's thousands of channels cost everyone.

use anyhow::Result;
use tokio::time::Instant;

use crate::hostile::target::{ATTACKER, Target};

/// What a page may have at the most, before compression.
const PAGE_MAX: usize = 400 * 1024;

pub(super) async fn many_channels(target: &mut Target) -> Result<()> {
    let until = target.until();
    let mut http = target.http(ATTACKER).await?;
    let people = target.people.clone();
    for (who, person) in [("somebody else", &people.victim), ("their maker", &people.attackers[0])] {
        let cookie = format!("Cookie: {}\r\n", person.cookie);
        for path in
            ["/", "/rooms", "/rooms/general", "/fn/overview", "/fn/directory", "/api/channels", "/api/rooms"]
        {
            let size = http.get(path, &cookie).await?.expect(200)?.body.len();
            target.expect(size <= PAGE_MAX, || {
                format!("{path} has {size} bytes for {who}, {PAGE_MAX} allowed")
            });
        }
    }
    let cookie = format!("Cookie: {}\r\n", people.attackers[1].cookie);
    let mut pages = 0_usize;
    while Instant::now() < until {
        http.get("/rooms", &cookie).await?;
        pages += 1;
    }
    target.note(format!("{pages} pages"));
    Ok(())
}
