//! Whether the server can write: what its last commits met.
//!
//! The writers note how commits end; `/ready` asks. (`Writers::can_write` finds out by a write of its own.) A full disk refuses writes by itself, and recovers by itself. A
//! `Fault` is for good: nothing more is written, and the server ends.

use std::{
    fmt,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::SetOnce;

/// What a server cannot go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SQLite's files were deleted or replaced: what is written now is lost.
    FilesReplaced,
    /// The database is another one, or an earlier state of itself.
    PutBack,
}

impl Fault {
    /// `EX_IOERR` and `EX_TEMPFAIL` of sysexits.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::FilesReplaced => ExitCode::from(74),
            Self::PutBack => ExitCode::from(75),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FilesReplaced => {
                "the database's files were deleted or replaced while the server ran; stop it first, or use `papo restore`"
            }
            Self::PutBack => "the database was put back or moved while the server ran; the next start begins a new epoch",
        })
    }
}

impl std::error::Error for Fault {}

/// Cheap to clone; the writers and the app share one.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    disk_full: AtomicBool,
    fault: SetOnce<Fault>,
}

impl Health {
    /// A commit succeeded, or failed because the disk is full.
    pub fn note_disk_full(&self, full: bool) {
        // Seldom changes: most commits only read it.
        if self.0.disk_full.load(Ordering::Relaxed) != full {
            self.0.disk_full.store(full, Ordering::Relaxed);
        }
    }

    /// Whether the last commit met a full disk.
    pub fn is_disk_full(&self) -> bool {
        self.0.disk_full.load(Ordering::Relaxed)
    }

    /// Nothing may be written any more. The first fault counts.
    pub fn note_fault(&self, fault: Fault) {
        // Only a second one is refused.
        drop(self.0.fault.set(fault));
    }

    pub fn fault(&self) -> Option<Fault> {
        self.0.fault.get().copied()
    }

    pub async fn wait_for_fault(&self) -> Fault {
        *self.0.fault.wait().await
    }
}
