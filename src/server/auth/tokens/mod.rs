//! Proofs for programs: login tokens, personal tokens, and tickets for one live connection.
//!
//! A login token (JWT) stands for a row among the sessions; personal tokens and tickets are random, and only
//! their hashes are stored. So each of them can be ended, and every request asks whether it was.

mod hs256;
mod jwt;
mod login;
mod personal;
mod secret;
mod tickets;

use std::net::IpAddr;

use super::{Caller, SignedIn};
use crate::{
    error::AppError,
    model::UserId,
    server::{
        auth::Auth,
        clock,
        store::{Conn, sessions, tokens, users},
    },
};

pub use jwt::LoginKeys;
pub use login::log_in;
pub use personal::{TokenRequest, create_token, delete_token, list_tokens, make_token};
pub use tickets::{TICKET_LIFE, issue_ticket, redeem_ticket};

pub(super) use login::{PREFIX as LOGIN_PREFIX, stored_name as login_name};
pub(super) use secret::hash;

/// Whose the bearer token is, of whichever kind.
///
/// # Errors
/// `Unauthenticated`; `RateLimited` for a guess after too many from the address.
pub async fn identify(auth: &Auth, token: &str, address: IpAddr) -> Result<Caller, AppError> {
    let found = if token.starts_with(personal::PREFIX) {
        personal::identify(auth, token).await?
    } else {
        login::identify(auth, token).await?
    };
    // What was a token once is refused by the way; what never was is a guess.
    found.ok_or_else(|| auth.throttle.refuse_guess(&auth.limits, address))
}

/// Whether the session or personal token of this name still lasts.
///
/// # Errors
/// Those of the database.
pub async fn is_session_alive(auth: &Auth, session: &str) -> Result<bool, AppError> {
    let mut conn = auth.db.read().await?;
    Ok(user_of(&mut conn, session).await?.is_some())
}

/// The user of a session or personal token that still lasts.
async fn user_of(conn: &mut Conn, session: &str) -> Result<Option<UserId>, AppError> {
    let now = clock::now();
    let user = match personal::id_of(session) {
        Some(token) => tokens::find_token(conn, token, now).await?.map(|token| token.user),
        None => sessions::find_session(conn, session, now).await?.and_then(|session| session.user_id),
    };
    Ok(match user {
        Some(user) if !users::is_disabled(conn, user).await? => Some(user),
        _ => None,
    })
}

/// The account, unless it is disabled.
async fn find_user(conn: &mut Conn, user: UserId) -> Result<Option<SignedIn>, AppError> {
    Ok(users::find_account(conn, user).await?.and_then(SignedIn::admit))
}
