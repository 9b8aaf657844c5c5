//! Why the server ends a connection.

/// A WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// A frame breaks the WebSocket protocol.
    Protocol = 1002,
    /// Nothing can be told any more: the peer is gone, or silent for too long.
    Gone = 1006,
    /// A text frame is not UTF-8.
    NotText = 1007,
    /// A frame is too large.
    TooLarge = 1009,
    /// The server stops; connect again.
    Restart = 1012,
    /// The session has ended; sign in again.
    SessionEnded = 4001,
    /// The client goes on sending frames that are refused.
    Flood = 4029,
    /// The client reads too slowly; connect again and resume.
    Slow = 4008,
    /// An older protocol's connection was to one room, and the user is in it no more.
    Removed = 4403,
}

/// Over how long the clients of a stopping server spread their return.
const RETURN_SPREAD_MS: u64 = 3_000;
const RETURN_LEAST_MS: u64 = 300;

impl Close {
    /// When to come back, for those who may: each is given another moment.
    pub fn retry_after_ms(self) -> Option<u64> {
        matches!(self, Self::Restart)
            .then(|| RETURN_LEAST_MS + rand::random_range(0..RETURN_SPREAD_MS - RETURN_LEAST_MS))
    }

    /// The close frame's reason: JSON, or nothing.
    pub(super) fn reason(self) -> String {
        let hint = self.retry_after_ms();
        hint.map(|wait| format!(r#"{{"retry_after_ms":{wait}}}"#)).unwrap_or_default()
    }
}
