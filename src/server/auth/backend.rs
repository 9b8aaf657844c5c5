//! axum-login's view of our accounts.

use axum_login::{AuthUser, AuthnBackend};
use sha2::{Digest as _, Sha256};

use crate::{
    model::{Me, UserId},
    server::store::{Db, StoreError, users},
};

/// The session of a request, as axum-login hands it out.
pub type AuthSession = axum_login::AuthSession<Backend>;

#[derive(Clone)]
pub struct Backend {
    db: Db,
}

/// The account behind a request.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub me: Me,
    /// Changes with the password and with every revocation, and so ends the sessions made before.
    fingerprint: Vec<u8>,
}

impl Backend {
    pub fn new(db: Db) -> Self {
        Self { db }
    }
}

impl SignedIn {
    /// None for a disabled account: every entrance passes here.
    pub fn admit(account: users::Account) -> Option<Self> {
        if account.disabled {
            return None;
        }
        let mut hasher = Sha256::new();
        hasher.update(account.password_hash.unwrap_or_default().as_bytes());
        hasher.update(account.auth_epoch.to_be_bytes());
        Some(Self { me: account.me, fingerprint: hasher.finalize().to_vec() })
    }
}

impl AuthUser for SignedIn {
    type Id = i64;

    fn id(&self) -> i64 {
        self.me.user.id.0
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.fingerprint
    }
}

impl AuthnBackend for Backend {
    type User = SignedIn;
    /// `auth::sign_in` checks passwords; sessions are all that axum-login looks up.
    type Credentials = std::convert::Infallible;
    type Error = StoreError;

    async fn authenticate(&self, never: Self::Credentials) -> Result<Option<SignedIn>, StoreError> {
        match never {}
    }

    async fn get_user(&self, id: &i64) -> Result<Option<SignedIn>, StoreError> {
        let mut conn = self.db.read().await?;
        let account = users::find_account(&mut conn, UserId(*id)).await?;
        Ok(account.and_then(SignedIn::admit))
    }
}
