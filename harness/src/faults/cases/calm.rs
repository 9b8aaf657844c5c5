//! Nothing is broken: what must hold always must hold now.

use anyhow::Result;

use super::soon;
use crate::faults::{client::Wish, liar::Liar, world::World};

/// People talk, then fall silent for long enough that all typing must have ended.
pub(super) async fn calm(world: &mut World) -> Result<()> {
    nodes(world).await?;
    if world.plan.lie.is_none() {
        world.wish.send_replace(Wish::Settle);
        world.go_on(8_000, 8_000).await;
    }
    Ok(())
}

/// People talk; those who are lied to, until something has come of it.
pub(super) async fn nodes(world: &mut World) -> Result<()> {
    if world.plan.lie.is_some() {
        world.go_on(300, 300).await;
        let is_told = soon(20, async || world.liars.iter().any(Liar::has_lied)).await;
        world.expect(is_told, "there was no occasion for the lie");
        world.go_on(500, 500).await;
    } else if world.is_short {
        world.go_on(2_000, 2_500).await;
    } else {
        world.go_on(4_000, 8_000).await;
    }
    Ok(())
}
