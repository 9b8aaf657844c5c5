//! The database is full, held, gone or asleep.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rand::RngExt as _;
use rusqlite::Connection;
use tokio::time::timeout;

use super::soon;
use crate::{
    faults::{client::read_heads, world::World},
    stage::is_ready,
};

/// Sends are refused for now, reads go on, and the server recovers by itself.
pub(super) async fn full_disk(world: &mut World) -> Result<()> {
    world.go_on(400, 800).await;
    let disk = world.disk.take().context("no small disk")?;
    let before = refusals(world);
    disk.fill()?;
    let refused = soon(10, async || refusals(world) > before).await;
    world.expect(refused, "the disk is full and no send is refused");
    let address = world.nodes[0].address();
    let unready = soon(5, async || !is_ready(address).await).await;
    world.expect(unready, "the disk is full and /ready says 200");
    let reading = timeout(Duration::from_secs(2), read_heads(address, &world.people[0])).await;
    world.expect(matches!(reading, Ok(Ok(_))), format!("the disk is full and reading fails: {reading:?}"));
    world.go_on(200, 1_000).await;
    let ended = world.nodes[0].process.ended();
    world.expect(ended.is_none(), format!("the disk was full and the server ended: {ended:?}"));
    disk.free()?;
    let recovered = soon(10, async || is_ready(address).await).await;
    world.expect(recovered, "there is space again and the server is not ready");
    world.disk = Some(disk);
    world.go_on(300, 600).await;
    Ok(())
}

/// Another process writes for long.
pub(super) async fn locked(world: &mut World) -> Result<()> {
    let file = world.database_file()?;
    let holds: &[u64] = if world.is_short { &[1_000] } else { &[1_000, 10_000] };
    for hold in holds {
        world.go_on(300, 700).await;
        let other = Connection::open(&file)?;
        other.busy_timeout(Duration::from_secs(5))?;
        other.execute_batch("begin exclusive")?;
        world.go_on(*hold, *hold).await;
        other.execute_batch("rollback")?;
    }
    world.go_on(300, 600).await;
    Ok(())
}

pub(super) async fn postgres_restart(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(300, 900).await;
        world.postgres.as_mut().context("no PostgreSQL")?.stop_immediately().await?;
        world.go_on(0, 1_000).await;
        world.postgres.as_mut().context("no PostgreSQL")?.restart().await?;
        ready_again(world).await;
    }
    world.go_on(200, 400).await;
    Ok(())
}

pub(super) async fn postgres_pause(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(300, 900).await;
        world.postgres.as_ref().context("no PostgreSQL")?.pause()?;
        let most = if world.rng.random_bool(0.2) { 6_000 } else { 2_000 };
        world.go_on(200, most).await;
        world.postgres.as_ref().context("no PostgreSQL")?.resume()?;
    }
    world.go_on(200, 400).await;
    Ok(())
}

/// The server finds its database again without a restart.
async fn ready_again(world: &mut World) {
    let address = world.nodes[0].address();
    let recovered = soon(10, async || is_ready(address).await).await;
    world.expect(recovered, "PostgreSQL is back and the server is not ready");
}

fn refusals(world: &World) -> u64 {
    world.status_of_all().iter().map(|status| status.refused).sum()
}
