//! argon2id, off the reactor and never more of it at once than there are cores.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{error::AppError, model::user::Password};

/// How many may wait for a core before the next is turned away.
const WAITING_MAX: usize = 64;

/// The hash of no password; verifying against it costs what verifying against a user's costs.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3nuPYVlRGHjvfJGZnRYcTlDSGVPjWoJaXEuMJEUFOUQ";

#[derive(Debug)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { cores: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0) }
    }
}

impl Passwords {
    /// The password's hash as a PHC string (argon2id, m=19456, t=2, p=1).
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_str().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                AppError::Internal { request_id: String::new() }
            })
        })
        .await?
    }

    /// Whether `password` gives `hash`. Without a hash the answer is no, after the same time.
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, AppError> {
        let password = password.to_owned();
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let fits = PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            known && fits
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let place = Place::take(&self.waiting).ok_or(AppError::UNAVAILABLE)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| AppError::UNAVAILABLE)?;
        let done = spawn_blocking(move || {
            let _core = core;
            work()
        })
        .await;
        drop(place);
        done.map_err(|_| AppError::UNAVAILABLE)
    }
}

/// A place in the queue, given back even if the request goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::AcqRel) < WAITING_MAX).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_and_fits_its_password_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash(Password::parse("correct horse").unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse ", Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(PasswordHash::new(NOBODY).is_ok(), "the dummy must cost a verification");
        assert!(!Passwords::default().verify("anything", None).await.unwrap());
    }
}
