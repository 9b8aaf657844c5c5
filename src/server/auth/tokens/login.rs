//! Login tokens: name and password for a session without a cookie.

use std::net::IpAddr;

use axum_login::AuthUser as _;

use super::{find_user, jwt::Reading, secret};
use crate::{
    error::AppError,
    model::{
        Scope, Timestamp,
        token::{IssuedToken, Secret},
    },
    server::{
        auth::{
            Auth, Caller, Proof,
            door::{Guess, check_password},
        },
        clock,
        live::Effect,
        store::sessions::{self, StoredSession},
        writer::Outcome,
    },
};

/// How the session of a login token begins, as the token names it and as it is stored, so that it can never be a cookie's.
pub(in crate::server::auth) const PREFIX: &str = "login:";
/// Fourteen days, in microseconds.
const LIFE: i64 = 14 * 24 * 60 * 60 * 1_000_000;

/// How the session is stored that a login token names so; none for another one.
pub(in crate::server::auth) fn stored_name(sid: &str) -> Option<String> {
    sid.starts_with(PREFIX).then(|| format!("{PREFIX}{}", secret::hash(sid)))
}

/// Makes a token for a user name or e-mail and its password.
///
/// # Errors
/// `Invalid` with `wrong_credentials` for `login`, whichever of the two is wrong; `RateLimited`.
pub async fn log_in(
    auth: &Auth,
    login: &str,
    password: &str,
    address: IpAddr,
) -> Result<IssuedToken, AppError> {
    let account = check_password(auth, Guess { login, password, address, browser: None }).await?;
    let (user, now) = (account.me.user.clone(), clock::now());
    let sid = format!("{PREFIX}{}", secret::random::<16>());
    let session = StoredSession {
        id: stored_name(&sid).unwrap_or_default(),
        user_id: Some(user.id),
        // A password that changes while this is stored ends it too.
        data: serde_json::Value::from(account.session_auth_hash()).to_string(),
        expires_at: Timestamp(now.0 + LIFE),
        created_at: now,
    };
    let expires_at = session.expires_at;
    let token = auth.login_keys.sign(user.id, &sid, now, expires_at)?;
    let (owner, most) = (user.id, auth.limits.sessions_per_user());
    auth.writers
        .run(owner.0, move |tx| {
            Box::pin(async move {
                sessions::insert_session(tx, &session).await?;
                let ended = sessions::delete_oldest_sessions(tx, owner, PREFIX, true, most, now).await?;
                Ok(Outcome::new(
                    (),
                    ended.into_iter().map(|session| Effect::EndSession { session }).collect(),
                ))
            })
        })
        .await?;
    Ok(IssuedToken { token: Secret::new(token), expires_at, user })
}

/// Whose the token is; none if it is none of ours.
///
/// # Errors
/// `Unauthenticated` if it has ended.
pub(super) async fn identify(auth: &Auth, token: &str) -> Result<Option<Caller>, AppError> {
    let claims = match auth.login_keys.read(token) {
        Reading::Good(claims) => claims,
        Reading::Expired => return Err(AppError::Unauthenticated),
        Reading::Foreign => return Ok(None),
    };
    let mut conn = auth.db.read().await?;
    let Some(name) = stored_name(&claims.sid) else { return Err(AppError::Unauthenticated) };
    let session = sessions::find_session(&mut conn, &name, clock::now()).await?;
    let session = session.filter(|session| session.user_id.is_some() && session.user_id == claims.user());
    let session = session.ok_or(AppError::Unauthenticated)?;
    let account = match session.user_id {
        Some(user) => find_user(&mut conn, user).await?,
        None => None,
    };
    let account = account.ok_or(AppError::Unauthenticated)?;
    let fingerprint: Vec<u8> = serde_json::from_str(&session.data).unwrap_or_default();
    if fingerprint != account.session_auth_hash() {
        return Err(AppError::Unauthenticated);
    }
    Ok(Some(Caller { me: account.me, session: session.id, scope: Scope::Admin, proof: Proof::LoginToken }))
}
