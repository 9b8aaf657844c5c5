//! An operator restores a backup: everyone who held what is lost with it must load the rooms anew.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use rand::RngExt as _;
use rusqlite::Connection;

use crate::faults::{
    client::read_epoch,
    liar::Lie,
    world::{Engine, World},
};

const STOP: Duration = Duration::from_secs(10);

/// A backup at some moment, more words, an end, the restore, and words again. Who is away meanwhile comes back to rooms
/// that have as many messages as they held, and other ones.
pub(super) async fn restore(world: &mut World) -> Result<()> {
    for round in 0..if world.is_short { 1 } else { 3 } {
        world.go_on(400, 900).await;
        let (address, before) = (world.nodes[0].address(), read_epoch(world).await?);
        let backup = world.folder.path().join(format!("backup-{round}"));
        back_up(world, &backup)?;
        world.go_on(100, 300).await;
        let away = world.rng.random_range(2..=world.proxies.len() / 2);
        for proxy in &world.proxies[away..] {
            proxy.refuse_new(true);
            proxy.cut();
        }
        stop(world).await?;
        put_back(world, &backup)?;
        if world.plan.lie == Some(Lie::KeepEpoch) {
            plant(&world.data(), &before)?;
        }
        world.nodes[0].restart().await?;
        let after = read_epoch(world).await?;
        world.expect(before != after, format!("{address} serves a restored database under its old epoch"));
        world.go_on(2_500, 3_500).await;
        world.proxies.iter().for_each(crate::faults::proxy::Proxy::heal);
        world.go_on(300, 600).await;
    }
    Ok(())
}

async fn stop(world: &mut World) -> Result<()> {
    if world.rng.random_bool(0.5) {
        world.notes.push("killed".to_owned());
        world.nodes[0].kill();
        return Ok(());
    }
    world.nodes[0].terminate(STOP).await.map(drop)
}

fn back_up(world: &World, backup: &Path) -> Result<()> {
    match world.plan.engine {
        Engine::Sqlite => papo(world, &[Path::new("backup"), Path::new("--with-secrets"), backup]),
        Engine::Postgres => world.postgres.as_ref().context("no PostgreSQL")?.dump(&database(world)?),
    }
}

/// Sometimes by hand, as before there was a command for it.
fn put_back(world: &mut World, backup: &Path) -> Result<()> {
    if world.plan.engine == Engine::Postgres {
        return world.postgres.as_ref().context("no PostgreSQL")?.put_back(&database(world)?);
    }
    if world.rng.random_bool(0.5) {
        world.notes.push("by papo restore".to_owned());
        return papo(world, &[Path::new("restore"), backup]);
    }
    world.notes.push("by hand".to_owned());
    let file = world.database_file()?;
    fs::copy(backup, &file)?;
    for suffix in ["-wal", "-shm"] {
        let mut name = file.clone().into_os_string();
        name.push(suffix);
        // A server that stopped by itself has left none.
        fs::remove_file(PathBuf::from(name)).ok();
    }
    Ok(())
}

/// Makes the database look as if nobody had noticed.
fn plant(data: &Path, epoch: &str) -> Result<()> {
    let database = Connection::open(data.join("papo.db"))?;
    database.execute("update settings set value = ?1 where key = 'epoch'", [epoch])?;
    database.execute("delete from settings where key = 'history'", [])?;
    fs::remove_file(data.join("history.json"))?;
    Ok(())
}

fn papo(world: &World, arguments: &[&Path]) -> Result<()> {
    let mut command = Command::new(&world.nodes[0].setting.binary);
    command.args(arguments).arg("--data").arg(world.data()).stdout(Stdio::null());
    let status = command.status()?;
    ensure!(status.success(), "papo {arguments:?} failed: {status}");
    Ok(())
}

/// The name of the database of PostgreSQL.
fn database(world: &World) -> Result<String> {
    let url = world.nodes[0].setting.database_url.as_deref().context("no PostgreSQL")?;
    Ok(url.rsplit('/').next().context("no database in the address")?.to_owned())
}
