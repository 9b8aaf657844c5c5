//! What a figure depends on: the build, the cores, the kernel, the disk, and the limit of open files.

use std::{fs, path::Path, process::Command, sync::OnceLock, time::Instant};

use anyhow::{Result, ensure};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    statfs::{TMPFS_MAGIC, statfs},
};

/// Files that are not connections.
const OTHER_FILES: u64 = 500;

/// Microseconds since the first call, on the clock of all schedules.
pub(super) fn micros() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Raises this process's limit of open files, which the servers inherit.
pub(super) fn allow_many_sockets() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// How many connections a process may hold.
pub(super) fn most_sockets() -> Result<usize> {
    let (own, _) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(usize::try_from(own.saturating_sub(OTHER_FILES))?)
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
