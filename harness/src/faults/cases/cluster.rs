//! Two nodes on one PostgreSQL: the bus between them fails, or they themselves do.

use anyhow::{Context as _, Result};
use rand::RngExt as _;

use crate::faults::world::World;

pub(super) async fn nats_kill(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(500, 1_500).await;
        world.nats.as_mut().context("no bus")?.kill();
        world.go_on(200, 3_000).await;
        world.nats.as_mut().context("no bus")?.restart().await?;
    }
    world.go_on(500, 1_000).await;
    Ok(())
}

pub(super) async fn nats_pause(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(500, 1_500).await;
        world.nats.as_ref().context("no bus")?.pause()?;
        world.go_on(200, 4_000).await;
        world.nats.as_ref().context("no bus")?.resume()?;
    }
    world.go_on(500, 1_000).await;
    Ok(())
}

pub(super) async fn rolling(world: &mut World) -> Result<()> {
    for round in 0..if world.is_short { 2 } else { 6 } {
        world.go_on(500, 1_000).await;
        let node = round % world.nodes.len();
        let status = world.nodes[node].terminate(std::time::Duration::from_secs(10)).await;
        let ended = matches!(&status, Ok(status) if status.success());
        world.expect(ended, format!("SIGTERM: exit 0 within ten seconds, but {status:?}"));
        world.go_on(0, 500).await;
        world.nodes[node].restart().await?;
    }
    world.go_on(300, 600).await;
    Ok(())
}

pub(super) async fn node_kill9(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 2 } else { 5 } {
        world.go_on(300, 1_000).await;
        let node = world.rng.random_range(0..world.nodes.len());
        world.nodes[node].kill();
        world.go_on(0, 800).await;
        world.nodes[node].restart().await?;
    }
    world.go_on(300, 600).await;
    Ok(())
}
