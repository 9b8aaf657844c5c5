//! Whether PostgreSQL is away: noted by whoever fails, told in the log once, ended by the next connection that succeeds.
//!
//! While the server is known to be away nobody waits for it: one task tries to connect, everyone else is refused at once.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::server::store::StoreError;

/// Whatever happens, the log has no more than one outage in this time.
const TELL_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Outage {
    now: watch::Sender<Option<Trouble>>,
    told: Mutex<Option<Instant>>,
}

#[derive(Clone, Debug)]
struct Trouble {
    cause: String,
    since: Instant,
    extent: Extent,
    is_told: bool,
}

/// How much is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// There are no new connections; those that exist work.
    Connecting,
    /// The server does not answer, or is not there.
    Everything,
}

impl Outage {
    pub(super) fn none() -> Self {
        Self { now: watch::Sender::new(None), told: Mutex::default() }
    }

    /// # Errors
    /// `Away` while the server is known to be away.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &*self.now.borrow() {
            Some(trouble) if trouble.extent == Extent::Everything => {
                Err(StoreError::Away(trouble.cause.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Waits until the server is known to be away.
    pub(super) async fn begins(&self) -> StoreError {
        let mut now = self.now.subscribe();
        let is_away =
            |now: &Option<Trouble>| now.as_ref().is_some_and(|now| now.extent == Extent::Everything);
        // The sender lives as long as `self`.
        drop(now.wait_for(is_away).await);
        self.check().err().unwrap_or(StoreError::Busy)
    }

    /// Notes a failure. True if it makes the server one that is away.
    pub(super) fn note(&self, cause: &str, extent: Extent) -> bool {
        self.now.send_if_modified(|now| {
            if now.as_ref().is_some_and(|known| known.extent == Extent::Everything || known.extent == extent)
            {
                return false;
            }
            let (since, is_told) = match now {
                Some(known) => (known.since, known.is_told),
                None => (Instant::now(), false),
            };
            let is_told = self.tell(cause, extent) || is_told;
            *now = Some(Trouble { cause: cause.to_owned(), since, extent, is_told });
            extent == Extent::Everything
        })
    }

    /// A connection was made: whatever there was is over.
    pub(super) fn end(&self) {
        if self.now.borrow().is_none() {
            return;
        }
        if let Some(trouble) = self.now.send_replace(None) {
            let seconds = trouble.since.elapsed().as_secs();
            if trouble.is_told {
                tracing::info!("PostgreSQL is back after {seconds} s");
            } else {
                tracing::debug!("PostgreSQL is back after {seconds} s");
            }
        }
    }

    /// True if the log has it now.
    fn tell(&self, cause: &str, extent: Extent) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            tracing::debug!(cause, "PostgreSQL is away again");
            return false;
        }
        *told = Some(Instant::now());
        match extent {
            Extent::Everything => {
                tracing::warn!(cause, "PostgreSQL is away: requests are refused until it is back");
            }
            Extent::Connecting => tracing::warn!(cause, "PostgreSQL gives no new connections"),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_in_a_minute() {
        let outage = Outage::none();
        assert!(outage.check().is_ok());
        assert!(outage.note("refused", Extent::Everything));
        assert!(!outage.note("no answer", Extent::Everything), "it is known");
        assert_eq!(outage.check().unwrap_err().to_string(), "the database is away: refused");
        assert!(outage.now.borrow().as_ref().unwrap().is_told);
        outage.end();
        assert!(outage.check().is_ok());

        assert!(outage.note("refused", Extent::Everything));
        assert!(!outage.now.borrow().as_ref().unwrap().is_told, "within the minute");
    }

    #[tokio::test]
    async fn who_can_work_on_is_not_refused() {
        let outage = Outage::none();
        assert!(!outage.note("too many clients", Extent::Connecting));
        assert!(outage.check().is_ok());
        assert!(outage.note("refused", Extent::Everything));
        assert!(matches!(outage.begins().await, StoreError::Away(_)));
    }
}
