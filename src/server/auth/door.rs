//! Coming in and going out: the one way for every form and protocol.

use std::{net::IpAddr, sync::Arc};

use axum::http::request::Parts;
use axum_login::AuthUser as _;
use tower_cookies::Cookies;

use super::{
    Asker, Auth, AuthSession, Line, SignedIn,
    devices::DeviceId,
    passwords::{deadline, is_weak},
    sessions::{self, session_name},
};
use crate::{
    error::{AppError, Reason},
    model::user::Password,
    server::{clock, limits::Address, live::Effect, store::users, writer::Outcome},
};

/// The most bytes of a user name or an e-mail address; a longer login is nobody's.
const LOGIN_MAX: usize = 254;

/// A request that may sign in or out.
pub struct Door {
    pub auth: Arc<Auth>,
    pub session: AuthSession,
    pub address: IpAddr,
    cookies: Cookies,
}

impl Door {
    /// The way in of a request that went through the layers of sessions.
    ///
    /// # Errors
    /// `Unavailable` if it did not.
    pub fn of(auth: &Arc<Auth>, parts: &Parts) -> Result<Self, AppError> {
        let session = parts.extensions.get::<AuthSession>().ok_or(AppError::UNAVAILABLE)?;
        let cookies = parts.extensions.get::<Cookies>().ok_or(AppError::UNAVAILABLE)?;
        let address = Address::of(parts).0;
        Ok(Self { auth: Arc::clone(auth), session: session.clone(), address, cookies: cookies.clone() })
    }
}

/// Signs in by user name or e-mail.
///
/// # Errors
/// `Invalid` with `wrong_credentials` for `login`, whichever of the two is wrong; `RateLimited`; `Unavailable` if too
/// many sign in at once.
pub async fn sign_in(door: &mut Door, login: &str, password: &str) -> Result<(), AppError> {
    let guess = Guess { login, password, address: door.address, browser: Some(&door.cookies) };
    let account = check_password(&door.auth, guess).await?;
    start_session(door, account).await
}

/// Ends the session and closes its connections.
///
/// # Errors
/// `Unavailable` if the session could not be deleted.
pub async fn sign_out(door: &mut Door) -> Result<(), AppError> {
    let session = door.session.session.id().map(|id| session_name(&id));
    door.session.logout().await.map_err(unavailable)?;
    if let Some(session) = session {
        door.auth.live.perform(vec![Effect::EndSession { session }]);
    }
    Ok(())
}

/// A login and a password, as typed, and where they come from.
pub(super) struct Guess<'a> {
    pub(super) login: &'a str,
    pub(super) password: &'a str,
    pub(super) address: IpAddr,
    /// The cookies of a browser, by which it may be known.
    pub(super) browser: Option<&'a Cookies>,
}

/// The account whose password this is.
///
/// # Errors
/// As of `sign_in`.
pub(super) async fn check_password(auth: &Auth, guess: Guess<'_>) -> Result<SignedIn, AppError> {
    let Guess { login, password, address, browser } = guess;
    let wrong = || AppError::invalid("login", Reason::WrongCredentials);
    let login = login.trim().to_lowercase();
    if login.len() > LOGIN_MAX {
        return Err(wrong());
    }
    let mut conn = auth.db.read().await?;
    let account = users::find_account_by_login(&mut conn, &login).await?;
    drop(conn);
    let user = account.as_ref().map(|account| account.me.user.id);
    let device = user.and_then(|user| auth.device_key.find(browser?, auth.https, user, clock::now()));
    let whose = auth.throttle.account(&login, user);
    let until = deadline();
    let attempt = auth.throttle.attempt(&auth.limits, (whose, &login), address, device, until).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let fits = auth.passwords.verify(line(device), Asker::at(address), until, password, hash).await?;
    let Some(account) = account.filter(|account| fits && !account.disabled) else {
        attempt.failed();
        auth.limits.log().failed_sign_in(address, &login);
        return Err(wrong());
    };
    attempt.succeeded();
    let account = strengthen(auth, account, password, address).await;
    SignedIn::admit(account).ok_or_else(wrong)
}

fn line(device: Option<DeviceId>) -> Line {
    if device.is_some() { Line::KnownBrowser } else { Line::SignIn }
}

/// Replaces a hash that is weaker than today's, now that the password is at hand; sessions go on. What fails here is
/// made up for by the next sign-in.
async fn strengthen(auth: &Auth, account: users::Account, password: &str, address: IpAddr) -> users::Account {
    let Some(weak) = account.password_hash.clone().filter(|hash| is_weak(hash)) else { return account };
    let Ok(hash) = auth.passwords.hash_for(Asker::at(address), Password::preset(password.to_owned())).await
    else {
        return account;
    };
    let stronger = users::Account { password_hash: Some(hash.clone()), ..account.clone() };
    let (old, new) = (account.clone(), stronger.clone());
    let replaced = auth.writers.run(account.me.user.id.0, move |tx| {
        Box::pin(async move {
            let user = old.me.user.id;
            let replaced = users::replace_password_hash(tx, user, &weak, &hash).await?;
            if let (true, Some(old), Some(new)) = (replaced, SignedIn::admit(old), SignedIn::admit(new)) {
                sessions::carry_over(tx, user, old.session_auth_hash(), new.session_auth_hash()).await?;
            }
            Ok(Outcome::quiet(replaced))
        })
    });
    if replaced.await.unwrap_or(false) { stronger } else { account }
}

/// Starts a new session, whatever session there was before.
///
/// # Errors
/// `Unavailable` if it could not be stored.
pub async fn start_session(door: &mut Door, account: SignedIn) -> Result<(), AppError> {
    if door.session.user.is_some() {
        sign_out(door).await?;
    }
    // axum-login renews the id only for a session that nobody was signed in to.
    door.session.session.cycle_id().await.map_err(unavailable)?;
    sessions::renew(&door.session.session, account.me.role).await;
    door.session.login(&account).await.map_err(unavailable)?;
    let https = door.auth.https;
    door.auth.device_key.remember(&door.cookies, https, account.me.user.id, clock::now());
    Ok(())
}

fn unavailable(error: impl std::fmt::Display) -> AppError {
    // Why is in the log: the store or the writer that failed told it.
    tracing::debug!(%error, "a session could not be changed");
    AppError::UNAVAILABLE
}
