//! The lines between the server and its clients are bad.

use std::time::Duration;

use anyhow::Result;
use rand::RngExt as _;

use crate::faults::{proxy::Flow, world::World};

pub(super) async fn cuts(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 25 } else { 80 } {
        world.go_on(20, 150).await;
        let number = world.rng.random_range(0..world.proxies.len());
        let fault = world.rng.random_range(0..8);
        let rate = world.rng.random_range(2_000..40_000);
        let proxy = &world.proxies[number];
        match fault {
            0 => proxy.to_server(Flow::Paused),
            1 => proxy.to_client(Flow::Paused),
            2 => proxy.to_client(Flow::Thin(rate)),
            3 => proxy.to_server(Flow::Thin(rate)),
            4 => proxy.refuse_new(true),
            // What is lost on the way leaves a connection that must not go on.
            5 => lose(world, number).await,
            6 => {
                proxy.to_client(Flow::Truncated);
                world.go_on(30, 60).await;
                world.proxies[number].heal();
            }
            _ => proxy.cut(),
        }
        let healed = world.rng.random_range(0..world.proxies.len());
        world.proxies[healed].heal();
    }
    world.proxies.iter().for_each(|proxy| {
        proxy.cut();
        proxy.heal();
    });
    Ok(())
}

async fn lose(world: &mut World, number: usize) {
    let to_client = world.rng.random_bool(0.5);
    let proxy = &world.proxies[number];
    if to_client {
        proxy.to_client(Flow::Lost)
    } else {
        proxy.to_server(Flow::Lost)
    }
    world.go_on(20, 100).await;
    let proxy = &world.proxies[number];
    proxy.cut();
    proxy.heal();
}

/// A member cannot connect while much is said, and then can.
pub(super) async fn absence(world: &mut World) -> Result<()> {
    for _ in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(200, 400).await;
        let away = world.rng.random_range(0..world.proxies.len());
        world.proxies[away].refuse_new(true);
        world.proxies[away].cut();
        if world.is_short {
            world.go_on(3_000, 3_000).await
        } else {
            world.go_on(500, 6_000).await
        }
        world.proxies[away].heal();
        world.go_on(300, 600).await;
    }
    Ok(())
}

/// One member reads next to nothing: the others do not notice, and in the end it holds everything.
pub(super) async fn slow_reader(world: &mut World) -> Result<()> {
    // Who waited for the slow one would wait until the server gives it up, after ten seconds.
    const SLOWEST: Duration = Duration::from_secs(5);
    const BUDGET_KIB: u64 = 64 * 1024;
    world.go_on(300, 300).await;
    let before = world.nodes[0].process.resident_kib()?;
    if world.is_short {
        world.go_on(3_000, 3_000).await
    } else {
        world.go_on(12_000, 15_000).await
    }
    let growth = world.nodes[0].process.resident_kib()?.saturating_sub(before);
    let (slow, others) = world.statuses.split_last().map_or((None, Vec::new()), |(slow, others)| {
        (Some(slow.lock().clone()), others.iter().map(|status| status.lock().clone()).collect())
    });
    let slowest = others.iter().map(|status| status.slowest_answer).max().unwrap_or_default();
    let closes = slow.map(|status| status.close_codes).unwrap_or_default();
    world.notes.push(format!(
        "the slow one was closed with {closes:?}; the others' slowest answer took {} ms; the server grew by {growth} KiB",
        slowest.as_millis()
    ));
    world.expect(closes.iter().all(|code| *code == 4008), format!("a slow reader is closed with {closes:?}"));
    world.expect(slowest < SLOWEST, format!("beside a slow reader an answer took {slowest:?}"));
    world.expect(growth < BUDGET_KIB, format!("a slow reader costs the server {growth} KiB"));
    world.proxies.iter().for_each(crate::faults::proxy::Proxy::heal);
    Ok(())
}
