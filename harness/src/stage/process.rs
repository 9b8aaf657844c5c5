//! A child process: its signals, its processor time and its memory.

use std::{
    fs,
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

const POLL: Duration = Duration::from_millis(5);

/// A running child; dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: &'static str,
}

impl Process {
    /// # Errors
    /// If the command cannot be started.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("{name} does not start: {command:?}"))?;
        Ok(Self { child, name })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// # Errors
    /// If the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid(), signal).with_context(|| format!("{signal} to {}", self.name))
    }

    /// Sends a signal to the process and to the processes that it started itself.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn signal_family(&self, signal: Signal) -> Result<()> {
        self.signal(signal)?;
        for child in children(self.pid()) {
            // It may have ended since.
            kill(child, signal).ok();
        }
        Ok(())
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        // Both fail only if it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// How the process ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for the process to end by itself.
    ///
    /// # Errors
    /// If it has not ended within `patience`; it goes on.
    pub async fn end(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} has not ended after {patience:?}", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until `is_ready` says so.
    ///
    /// # Errors
    /// If the process ends first, or after `patience`.
    pub async fn ready<R>(&mut self, patience: Duration, mut is_ready: impl FnMut() -> R) -> Result<()>
    where
        R: Future<Output = bool>,
    {
        let deadline = Instant::now() + patience;
        while !is_ready().await {
            if let Some(status) = self.ended() {
                bail!("{} ended at its start: {status}", self.name);
            }
            if Instant::now() > deadline {
                bail!("{} is not ready after {patience:?}", self.name);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// User and system time of all its threads so far, to the nanosecond.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn cpu(&self) -> Result<Duration> {
        let clock = clock_getcpuclockid(self.pid())?;
        Ok(clock_gettime(clock)?.into())
    }

    /// Resident memory in KiB.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn resident_kib(&self) -> Result<u64> {
        self.memory_kib("VmRSS:")
    }

    /// The most resident memory that it ever had, in KiB.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn peak_resident_kib(&self) -> Result<u64> {
        self.memory_kib("VmHWM:")
    }

    fn memory_kib(&self, label: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(label)).context(label.to_owned())?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// How many descriptors it has open.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent.as_raw())).map(Pid::from_raw).collect()
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the state and the parent follow it.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
