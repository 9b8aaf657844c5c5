//! Whether a write is committed: found out by one of its own, at most once a second.

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{Outcome, Writers};
use crate::server::store::settings;

/// How often a probe writes to the database at most.
const EVERY: Duration = Duration::from_secs(1);
/// A writer that takes longer does not work.
const DEADLINE: Duration = Duration::from_secs(3);

/// When it was found out last, and what.
#[derive(Debug, Default)]
pub(super) struct Probe(Mutex<Option<(Instant, bool)>>);

impl Writers {
    /// Whether a write is committed now, or was within the last second.
    pub async fn can_write(&self) -> bool {
        // Who comes meanwhile waits for the same answer.
        let mut probed = self.probe.0.lock().await;
        if let Some((at, could)) = *probed
            && at.elapsed() < EVERY
        {
            return could;
        }
        let probe =
            self.run(0, |tx| Box::pin(async move { Ok(Outcome::quiet(settings::probe_write(tx).await?)) }));
        let could = matches!(timeout(DEADLINE, probe).await, Ok(Ok(())));
        *probed = Some((Instant::now(), could));
        could
    }
}
