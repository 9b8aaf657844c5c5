//! Coming in and going out: the one way for every form and protocol.

use std::net::IpAddr;

use tower_sessions::Session;

use super::{AuthSession, SignedIn};
use crate::{
    error::{AppError, Reason},
    server::{
        chat::accounts::{self, RegistrationForm},
        clock,
        live::Effect,
        state::App,
        store::{StoreError, users},
    },
};

/// Where a session keeps the day on which it was renewed last.
pub(super) const RENEWED_ON: &str = "renewed_on";

/// A request that may sign in or out.
pub struct Door {
    pub app: App,
    pub session: AuthSession,
    pub address: IpAddr,
}

/// Makes an account and signs it in.
///
/// # Errors
/// Those of `accounts::register`.
pub async fn register(door: &mut Door, form: RegistrationForm) -> Result<(), AppError> {
    let account = accounts::register(&door.app, form).await?;
    admit(door, account).await
}

/// Signs in by user name or e-mail.
///
/// # Errors
/// `Invalid` with `wrong_credentials` for `login`, whichever of the two is wrong; `RateLimited`.
pub async fn sign_in(door: &mut Door, login: &str, password: &str) -> Result<(), AppError> {
    let account = check_password(&door.app, login.trim(), password, door.address).await?;
    admit(door, account).await
}

/// Ends the session and closes its connections.
///
/// # Errors
/// `Unavailable` if the session could not be deleted.
pub async fn sign_out(door: &mut Door) -> Result<(), AppError> {
    let session = door.session.session.id().map(|id| id.to_string());
    door.session.logout().await.map_err(unavailable)?;
    if let Some(session) = session {
        door.app.live.perform(vec![Effect::EndSession { session }]);
    }
    Ok(())
}

/// The account whose password this is.
pub(super) async fn check_password(
    app: &App,
    login: &str,
    password: &str,
    address: IpAddr,
) -> Result<SignedIn, AppError> {
    let attempt = app.throttle.attempt(login, address)?;
    let mut conn = app.db.read().await?;
    let account = users::find_account_by_login(&mut conn, login).await?;
    drop(conn);
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = app.passwords.verify(password, hash).await?;
    match account.and_then(SignedIn::admit).filter(|_| fits) {
        Some(account) => {
            attempt.succeeded();
            Ok(account)
        }
        None => {
            attempt.failed();
            Err(AppError::invalid("login", Reason::WrongCredentials))
        }
    }
}

/// Starts a new session, whatever session there was before.
async fn admit(door: &mut Door, account: SignedIn) -> Result<(), AppError> {
    if door.session.user.is_some() {
        sign_out(door).await?;
    }
    // axum-login renews the id only for a session that nobody was signed in to.
    door.session.session.cycle_id().await.map_err(unavailable)?;
    renew(&door.session.session).await;
    door.session.login(&account).await.map_err(unavailable)
}

/// Renews a session that was not renewed today: its fortnight begins again.
pub async fn renew(session: &Session) {
    let today = clock::now().local(0).day_number;
    let renewed = session.get::<i64>(RENEWED_ON).await.ok().flatten();
    if renewed != Some(today)
        && let Err(error) = session.insert(RENEWED_ON, today).await
    {
        tracing::debug!(%error, "a session was not renewed");
    }
}

fn unavailable(error: impl std::fmt::Display) -> AppError {
    // Why is in the log: the store or the writer that failed told it.
    tracing::debug!(%error, "a session could not be changed");
    AppError::UNAVAILABLE
}

impl From<StoreError> for AppError {
    /// The last stop of a database error that no action foresaw: it is logged, and not told.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy => Self::UNAVAILABLE,
            StoreError::Away(_) => {
                error.log("the database did not answer");
                Self::UNAVAILABLE
            }
            StoreError::Full => Self::STORAGE_FULL,
            StoreError::Conflict(_) | StoreError::Broken(_) | StoreError::Other(_) => {
                tracing::error!(%error, "unexpected database error");
                Self::Internal { request_id: String::new() }
            }
        }
    }
}
