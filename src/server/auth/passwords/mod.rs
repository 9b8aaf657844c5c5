//! argon2id, off the reactor, in fair turns, and never more of it at once than there are cores.

mod queue;
mod turns;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use tokio::{task::spawn_blocking, time::Instant as Deadline};

use self::turns::Turns;
pub use self::{
    queue::Asker,
    turns::{Line, deadline},
};
use crate::{error::AppError, model::user::Password, server::limits::Size};

/// The hash of no password; verifying against it costs what verifying against a user's costs.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3nuPYVlRGHjvfJGZnRYcTlDSGVPjWoJaXEuMJEUFOUQ";

/// The most characters of a password, by the rule of `Password`.
const LENGTH_MAX: usize = 128;

#[derive(Debug)]
pub struct Passwords(Arc<Turns>);

impl Default for Passwords {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Passwords {
    /// Without limits nobody is refused for the time that they would wait.
    pub fn new(is_limited: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Turns::new(cores, is_limited)))
    }

    /// The password's hash as a PHC string (argon2id, m=19456, t=2, p=1), for the operator.
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        self.hash_for(Asker::Operator, password).await
    }

    /// The password's hash, for somebody who waits in turn.
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn hash_for(&self, asker: Asker, password: Password) -> Result<String, AppError> {
        self.run(Line::Other, asker, deadline(), move || {
            let hash = Argon2::default().hash_password(password.as_str().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                AppError::Internal { request_id: String::new() }
            })
        })
        .await?
    }

    /// Whether `password` gives `hash`. Without a hash the answer is no, after the same time; so it is, at once, for what
    /// is too long for a password.
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn verify(
        &self,
        line: Line,
        asker: Asker,
        until: Deadline,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, AppError> {
        if password.chars().count() > LENGTH_MAX {
            return Ok(false);
        }
        let password = password.to_owned();
        self.run(line, asker, until, move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let fits = PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            known && fits
        })
        .await
    }

    /// How many requests wait for their turn, and the cap.
    pub fn size(&self) -> Size {
        self.0.size()
    }

    async fn run<T: Send + 'static>(
        &self,
        line: Line,
        asker: Asker,
        until: Deadline,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let turn = self.0.take(line, asker, until).await?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| AppError::UNAVAILABLE)
    }
}

/// Whether a stored hash costs an attacker less than those that are made today.
pub(super) fn is_weak(hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return true };
    let costs = |name, least| hash.params.get_decimal(name).is_some_and(|cost| cost >= least);
    let is_current = hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && hash.version == Some(Version::V0x13.into())
        && costs("m", Params::DEFAULT_M_COST)
        && costs("t", Params::DEFAULT_T_COST);
    !is_current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_and_fits_its_password_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash(Password::parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = |password, hash| {
            passwords.verify(Line::SignIn, Asker::Operator, deadline(), password, Some(hash))
        };
        assert!(verify("correct horse", hash.clone()).await.unwrap());
        assert!(!verify("correct horse ", hash).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(PasswordHash::new(NOBODY).is_ok(), "the dummy must cost a verification");
        let passwords = Passwords::default();
        assert!(
            !passwords.verify(Line::SignIn, Asker::Operator, deadline(), "anything", None).await.unwrap()
        );
    }

    #[test]
    fn what_costs_less_than_today_is_weak() {
        let with = |costs: &str| NOBODY.replace("argon2id$v=19$m=19456,t=2,p=1", costs);
        assert!(!is_weak(NOBODY) && !is_weak(&with("argon2id$v=19$m=65536,t=3,p=4")));
        for weak in
            ["argon2i$v=19$m=19456,t=2,p=1", "argon2id$v=16$m=19456,t=2,p=1", "argon2id$v=19$m=4096,t=2,p=1"]
        {
            assert!(is_weak(&with(weak)), "{weak}");
        }
        assert!(is_weak(&with("argon2id$v=19$m=19456,t=1,p=1")) && is_weak("") && is_weak("$2b$12$abc"));
    }
}
