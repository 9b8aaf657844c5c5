//! Whether the server can write: what its last commits met, and a write of its own to find out.
//!
//! The writers note how commits end; `/ready` asks. Nothing else is decided by it: a full disk refuses
//! writes by itself, and recovers by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::{
    chat::{Change, Writers},
    store::settings,
};

/// How often readiness writes to the database at most.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// A writer that takes longer is not ready.
const PROBE_DEADLINE: Duration = Duration::from_secs(3);

/// Cheap to clone; the writers and the app share one.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    disk_full: AtomicBool,
    /// When it was found out last, and what.
    probed: Mutex<Option<(Instant, bool)>>,
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

    /// Whether a write is committed now, or was within the last second.
    pub async fn can_write(&self, writers: &Writers) -> bool {
        // Who comes meanwhile waits for the same answer.
        let mut probed = self.0.probed.lock().await;
        if let Some((at, could)) = *probed
            && at.elapsed() < PROBE_EVERY
        {
            return could;
        }
        let probe = writers
            .run(0, |conn| Box::pin(async move { Ok(Change::quiet(settings::probe_write(conn).await?)) }));
        let could = matches!(tokio::time::timeout(PROBE_DEADLINE, probe).await, Ok(Ok(())));
        *probed = Some((Instant::now(), could));
        could
    }
}
