//! The one-time link that makes the administrator of a new server.

use std::sync::{Mutex, PoisonError};

use subtle::ConstantTimeEq as _;

use crate::model::paths;

/// The secret in the link, until it is used. There is none once an administrator exists.
#[derive(Debug, Default)]
pub struct SetupLink(Mutex<Option<String>>);

impl SetupLink {
    /// A link for a server without an administrator. All nodes have the same secret.
    pub fn new(secret: String) -> Self {
        Self(Mutex::new(Some(secret)))
    }

    /// No link: there is an administrator.
    pub fn none() -> Self {
        Self::default()
    }

    /// The link's address below the server's own, while it can be used.
    pub fn path(&self) -> Option<String> {
        let secret = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secret.as_ref().map(|secret| paths::setup(secret))
    }

    /// Whether `given` is the secret.
    pub fn fits(&self, given: &str) -> bool {
        let secret = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secret.as_ref().is_some_and(|secret| secret.as_bytes().ct_eq(given.as_bytes()).into())
    }

    /// Ends the link.
    pub fn use_up(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_until_it_is_used() {
        let secret = "0f".repeat(32);
        let link = SetupLink::new(secret.clone());
        assert!(link.path().unwrap().ends_with(&secret));
        assert!(link.fits(&secret));
        assert!(!link.fits("") && !link.fits(&secret[1..]));
        link.use_up();
        assert!(!link.fits(&secret));
        assert_eq!(link.path(), None);
    }
}
