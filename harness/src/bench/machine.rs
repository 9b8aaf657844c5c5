//! What a figure depends on: the build, the cores, the kernel and the disk.

use std::{fs, path::Path, process::Command, sync::OnceLock, time::Instant};

use anyhow::{Context as _, Result, ensure};
use nix::{
    sys::{
        resource::{UsageWho, getrusage},
        statfs::{TMPFS_MAGIC, statfs},
        time::TimeValLike as _,
    },
    unistd::{SysconfVar, sysconf},
};

/// Microseconds since the first call, on the clock of all schedules.
pub(super) fn micros() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// One line.
pub(super) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("revision {} · {cores} cores · Linux {} · load before {load}", revision(), kernel.trim())
}

fn revision() -> String {
    let git = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let git = git.ok().filter(|git| git.status.success());
    git.map_or_else(|| "unknown".into(), |git| String::from_utf8_lossy(&git.stdout).trim().to_owned())
}

/// Refuses a folder in memory, where an fsync costs nothing.
pub(super) fn require_disk(folder: &Path) -> Result<()> {
    let kind = statfs(folder)?.filesystem_type();
    ensure!(kind != TMPFS_MAGIC, "{} is in memory; name a folder on a disk with --data", folder.display());
    Ok(())
}

/// What ran beside a run: it harms latencies and rates, and to a lesser degree processor times.
#[derive(Debug)]
pub(super) struct Neighbours {
    begin: Instant,
    busy: f64,
    stolen: f64,
}

impl Neighbours {
    pub(super) fn watch() -> Result<Self> {
        let (busy, stolen) = busy_seconds()?;
        Ok(Self { begin: Instant::now(), busy, stolen })
    }

    /// One line, once all servers of the run have ended.
    pub(super) fn describe(&self) -> Result<String> {
        let (busy, stolen) = busy_seconds()?;
        let own = own_seconds(UsageWho::RUSAGE_SELF)? + own_seconds(UsageWho::RUSAGE_CHILDREN)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let all = self.begin.elapsed().as_secs_f64() * cores / 100.0;
        let others = (busy - self.busy - own).max(0.0) / all;
        let stolen = (stolen - self.stolen) / all;
        Ok(format!(
            "other programs took {others:.0} % of the cores meanwhile and other machines {stolen:.0} %; \
             trust latencies and rates only near zero"
        ))
    }
}

/// Of all cores since the start of the machine: at work, and withheld by its host.
fn busy_seconds() -> Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let times: Vec<f64> = line.split_whitespace().skip(1).filter_map(|time| time.parse().ok()).collect();
    let [user, nice, system, _idle, _wait, hard, soft, stolen, ..] = times[..] else {
        anyhow::bail!("/proc/stat has a new shape")
    };
    let tick = sysconf(SysconfVar::CLK_TCK)?.context("no clock tick")? as f64;
    Ok(((user + nice + system + hard + soft) / tick, stolen / tick))
}

fn own_seconds(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    Ok((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6)
}
