//! File descriptors: each connection takes one, and when there are none the server can open nothing at all.

use std::fs::File;

/// How many are left for the database, files, NATS and the lanes of a full server; at most a quarter of all.
const RESERVE: usize = 256;
/// A limit with which systems start programs whose operator set none.
const USUAL: usize = 1_024;

/// Raises the process's limit as far as it may, and tells the log. Returns how many connections that is.
pub fn raise_limit() -> usize {
    let limit = raised();
    let connections = limit - RESERVE.min(limit / 4);
    if limit <= USUAL {
        tracing::warn!(
            descriptors = limit,
            connections,
            "few file descriptors: raise the limit for more connections (LimitNOFILE= of the systemd unit, ulimit -n)"
        );
    } else {
        tracing::info!(descriptors = limit, connections, "file descriptors");
    }
    connections
}

#[cfg(unix)]
fn raised() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let old = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: old.maximum, maximum: old.maximum });
    let limit = if raised.is_ok() { old.maximum } else { old.current };
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raised() -> usize {
    usize::MAX
}

/// One descriptor that is held back, so that a connection can be accepted when there are no others.
pub(super) struct Spare(Option<File>);

impl Spare {
    pub(super) fn new() -> Self {
        let mut spare = Self(None);
        spare.refill();
        spare
    }

    /// Frees the descriptor. False if it is in use.
    pub(super) fn release(&mut self) -> bool {
        self.0.take().is_some()
    }

    pub(super) fn refill(&mut self) {
        if self.0.is_none() {
            self.0 = File::open("/dev/null").ok();
        }
    }
}
