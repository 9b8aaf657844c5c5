//! What the log tells once, however often it happens meanwhile.

use std::time::Duration;

use tokio::time::Instant;

/// An episode is over once it has not happened for so long.
const OVER_AFTER: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Episode(Option<Instant>);

impl Episode {
    /// It happens. True if the log has not been told of this episode yet.
    pub(super) fn begins(&mut self) -> bool {
        let now = Instant::now();
        self.0.replace(now).is_none_or(|last| now - last > OVER_AFTER)
    }
}
