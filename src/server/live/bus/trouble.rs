//! Why NATS does not let this node in, as the library found at its last attempt.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_nats::Server;

/// What keeps a node from NATS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is known but that no word comes back.
    Silent,
    /// It is not there: the cause.
    Unreachable(String),
    /// It refuses user and password, token, nkey or credentials.
    Refused,
    /// The two do not agree on TLS: the cause.
    Tls(String),
}

/// The trouble of the moment; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles(Arc<Mutex<Option<Trouble>>>);

impl Troubles {
    pub(super) fn last(&self) -> Trouble {
        self.slot().clone().unwrap_or(Trouble::Silent)
    }

    pub(super) fn clear(&self) {
        *self.slot() = None;
    }

    /// Takes what became of the last attempts; the library tells it before the next one.
    pub(super) fn note(&self, servers: &[Server]) {
        let found = servers.iter().filter_map(|server| Some(Trouble::of(server.last_error.as_ref()?)));
        // What an operator can mend is told before what may pass.
        if let Some(worst) = found.max_by_key(|trouble| !matches!(trouble, Trouble::Unreachable(_))) {
            *self.slot() = Some(worst);
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    /// The library tells causes as text only.
    fn of(error: &str) -> Self {
        let lower = error.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if says(&["authorization", "authentication", "certificate required", "certificaterequired"]) {
            Self::Refused
        } else if says(&["certificate", "tls", "handshake", "corrupt message"]) {
            Self::Tls(error.to_owned())
        } else {
            Self::Unreachable(error.to_owned())
        }
    }

    /// Warns, with what is to be done about it.
    pub fn log(&self) {
        const MEANWHILE: &str =
            "what other nodes tell comes from the database meanwhile, about a second late";
        match self {
            Self::Silent => tracing::warn!("NATS does not answer: {MEANWHILE}"),
            Self::Unreachable(cause) => tracing::warn!(cause, "NATS is away: {MEANWHILE}"),
            Self::Refused => tracing::warn!(
                "NATS refuses this node (authorization violation): check user and password, or the token, in PAPO_NATS_URL, the \
                 file that PAPO_NATS_CREDENTIALS names, or PAPO_NATS_CERTIFICATE: {MEANWHILE}"
            ),
            Self::Tls(cause) => tracing::warn!(
                cause,
                "NATS cannot be reached by TLS: check PAPO_NATS_CA, and that the certificate is for the host in \
                 PAPO_NATS_URL: {MEANWHILE}"
            ),
        }
    }

    /// Whether waiting does not help.
    pub fn needs_operator(&self) -> bool {
        matches!(self, Self::Refused | Self::Tls(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart() {
        assert_eq!(Trouble::of("authorization violation: nats: authorization violation"), Trouble::Refused);
        assert!(matches!(Trouble::of("IO error: invalid peer certificate: UnknownIssuer"), Trouble::Tls(_)));
        assert!(matches!(
            Trouble::of("IO error: Connection refused (os error 111)"),
            Trouble::Unreachable(_)
        ));
        assert!(matches!(Trouble::of("timed out"), Trouble::Unreachable(_)));
    }
}
