//! The agreement between those who fill a queue and the one who empties it.
//!
//! Who adds something first is to see that the queue is emptied; who adds more in the meantime need not. Nothing may
//! stay behind unseen: `tests/fanout.rs` tries every order of steps, with this very file.

use super::sync::{AtomicBool, Ordering};

/// Whether somebody has been asked to empty the queue.
#[derive(Debug)]
pub(super) struct FlushFlag(AtomicBool);

impl FlushFlag {
    pub(super) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Something was added. True if the caller must ask somebody to empty the queue.
    pub(super) fn arrange(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// To be called before the queue is emptied: what is added from now on is arranged for anew.
    pub(super) fn begin(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}
