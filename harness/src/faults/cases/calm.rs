//! Nothing is broken: what must hold always must hold now.

use anyhow::Result;

use crate::faults::{client::Wish, world::World};

/// People talk, then fall silent for long enough that all typing must have ended.
pub(super) async fn calm(world: &mut World) -> Result<()> {
    nodes(world).await?;
    if world.plan.lie.is_none() {
        world.wish.send_replace(Wish::Settle);
        world.go_on(8_000, 8_000).await;
    }
    Ok(())
}

/// People talk.
pub(super) async fn nodes(world: &mut World) -> Result<()> {
    if world.is_short {
        world.go_on(2_000, 2_500).await;
    } else {
        world.go_on(4_000, 8_000).await;
    }
    Ok(())
}
