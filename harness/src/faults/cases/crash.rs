//! The server itself ends, or stands still.

use std::time::Duration;

use anyhow::Result;
use rand::RngExt as _;

use crate::faults::world::World;

const DRAIN: Duration = Duration::from_secs(10);
/// "The server restarts; connect again."
const RESTART: u16 = 1012;

pub(super) async fn kill9(world: &mut World) -> Result<()> {
    let times = if world.is_short { 3 } else { world.rng.random_range(3..=8) };
    for _ in 0..times {
        world.go_on(200, 900).await;
        world.nodes[0].kill();
        world.go_on(0, 200).await;
        world.nodes[0].restart().await?;
    }
    world.go_on(100, 300).await;
    Ok(())
}

pub(super) async fn sigterm(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(500, 1_200).await;
        let before = world.status_of_all();
        let status = world.nodes[0].terminate(DRAIN).await;
        let ended = matches!(&status, Ok(status) if status.success());
        world.expect(ended, format!("SIGTERM: exit 0 within {DRAIN:?}, but {status:?}"));
        // What was sent before the end has arrived, since the socket's end has: a moment to read it.
        world.go_on(150, 150).await;
        let mut codes = Vec::new();
        for (before, after) in before.iter().zip(world.status_of_all()) {
            codes.extend_from_slice(&after.close_codes[before.close_codes.len()..]);
        }
        let connected = before.iter().filter(|status| status.is_ready).count();
        world.notes.push(format!("{connected} connected, closes {codes:?}"));
        world.expect(codes.iter().all(|code| *code == RESTART), format!("SIGTERM closes with {codes:?}"));
        // Two may have vanished in the same moment.
        world.expect(codes.len() + 2 >= connected, format!("{connected} were connected, closes: {codes:?}"));
        world.nodes[0].restart().await?;
    }
    world.go_on(200, 400).await;
    Ok(())
}

pub(super) async fn sigstop(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 2 } else { 4 } {
        world.go_on(300, 900).await;
        world.nodes[0].pause()?;
        // Some stops are longer than the clients' patience.
        world.go_on(100, 3_000).await;
        world.nodes[0].resume()?;
    }
    world.go_on(300, 600).await;
    Ok(())
}
