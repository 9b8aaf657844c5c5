//! The limit of open files: this process's own, which the servers that it starts inherit.

use anyhow::Result;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Files that are not connections.
const OTHER_FILES: u64 = 500;

/// Raises this process's limit of open files, which the servers inherit.
///
/// # Errors
/// If the system refuses.
pub fn allow_many_sockets() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// How many connections a process may hold.
///
/// # Errors
/// If the system does not tell.
pub fn most_sockets() -> Result<usize> {
    let (own, _) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(usize::try_from(own.saturating_sub(OTHER_FILES))?)
}
